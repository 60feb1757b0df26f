"""A bad value stops the start with a sentence that names the variable."""

import secrets

import pytest
from django.conf import settings

from lms.testing.site import environment_for, manage

SERVER = {
    "WATCHERS_ENV": "server",
    "ALLOWED_HOSTS": "watchers.example",
    "TRUSTED_PROXY": "127.0.0.1",
    **{name: secrets.token_urlsafe(50) for name in ("SECRET_KEY", "PSEUDONYM_KEY", "ANSWER_KEY")},
}


def refused(tmp_path, **variables):
    done = manage("up", environment=environment_for(tmp_path, **variables))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("WATCHERS_ENV", "production"),
        ("DATABASE_URL", "mysql://localhost"),
        ("TRUSTED_PROXY", "proxy.example"),
        ("GRADING_SWEEP_S", "0"),
    ],
)
def test_a_bad_value_is_named(tmp_path, name, value):
    assert refused(tmp_path, **{name: value}).startswith(f"{name} must ")


@pytest.mark.parametrize("name", ["WATCHERS_HOST", "OTLP_HOST", "METRICS_HOST"])
def test_another_host_needs_a_server(tmp_path, name):
    said = refused(tmp_path, **{name: "0.0.0.0"})

    assert said.startswith(f"{name} is 0.0.0.0")
    assert "needs WATCHERS_ENV=server" in said


def test_ports_must_differ(tmp_path):
    ports = dict.fromkeys(("METRICS_PORT", "OTLP_PORT"), "14318")

    assert "must be four different ports" in refused(tmp_path, **ports)


@pytest.mark.parametrize("name", sorted(set(SERVER) - {"WATCHERS_ENV"}))
def test_a_server_needs_every_secret_and_says_which(tmp_path, name):
    given = {key: value for key, value in SERVER.items() if key != name}

    assert refused(tmp_path, **given).startswith(f"{name} must be set")


def test_a_refused_address_never_shows_its_password(tmp_path):
    assert "hunter2" not in refused(tmp_path, DATABASE_URL="mysql://me:hunter2@host/name")


def test_pages_carry_the_strict_policy(client):
    headers = client.get("/healthz").headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= policy
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_tests_never_write_into_an_installation():
    assert settings.BASE_DIR not in settings.DATA_DIR.parents
