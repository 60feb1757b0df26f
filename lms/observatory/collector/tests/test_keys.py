"""Keys: stored hashed, shown once, asked for seldom."""

import asyncio
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, transaction

from lms.observatory.collector import keys
from lms.observatory.collector.keys import Keys
from lms.observatory.collector.refusal import Refused
from lms.observatory.models import WriteKey
from lms.observatory.models.write_key import digest_of, make_key
from lms.observatory.records import SITE

SITE_KEY = "key-of-the-site-0123456789"


def tenants_of(known, *authorizations):
    """Give the tenant, or the refusal's status, of each header in turn."""

    async def ask():
        found = []
        for one in authorizations:
            try:
                found.append(await known.tenant_of(one))
            except Refused as error:
                found.append(int(error.status))
        return found

    return asyncio.run(ask())


def counting(tenants=()):
    """Give keys over a table of tenants, and the list of times it was asked."""
    asked = []

    def ask():
        asked.append(1)
        return dict(tenants)

    return Keys(SITE_KEY, ask=ask), asked


def test_the_sites_key_needs_no_database():
    known, asked = counting()

    assert tenants_of(known, f"Bearer {SITE_KEY}", f"bearer  {SITE_KEY}") == [SITE, SITE]
    assert asked == []


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", SITE_KEY, f"Basic {SITE_KEY}", f"Bearer {SITE_KEY}x", "Bearer \x00",
     f"Bearer {SITE_KEY} x", f"Bearer {'x' * 10_000}"],
)  # fmt: skip
def test_what_is_no_key_is_refused(header):
    known, _asked = counting()

    assert tenants_of(known, header) == [401]


def test_an_operators_key_writes_to_its_tenant():
    known, _asked = counting({digest_of("k" * 20): "acme"})

    assert tenants_of(known, f"Bearer {'k' * 20}") == ["acme"]


def test_however_many_wrong_keys_come_the_database_is_asked_once():
    known, asked = counting()

    assert set(tenants_of(known, *[f"Bearer {n:020}" for n in range(50)])) == {401}
    assert len(asked) == 1


def test_a_revoked_key_counts_no_more_after_a_while(monkeypatch):
    tenants = {digest_of("k" * 20): "acme"}
    known, _asked = counting()
    known._ask = lambda: dict(tenants)
    before = tenants_of(known, f"Bearer {'k' * 20}")
    tenants.clear()
    known._asking = asyncio.Lock()
    monkeypatch.setattr(keys, "ASKED_EVERY_S", 0.0)

    assert before == ["acme"]
    assert tenants_of(known, f"Bearer {'k' * 20}") == [401]


def test_without_the_database_others_are_asked_to_come_back_and_the_site_is_served():
    def fail():
        raise OperationalError

    known = Keys(SITE_KEY, ask=fail)

    assert tenants_of(known, f"Bearer {'k' * 20}", f"Bearer {SITE_KEY}") == [503, SITE]


pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("telemetry_key", *arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_shown_once_and_stored_as_a_digest():
    said = run("add", "acme")

    key = next(word for word in said.split() if word.startswith("wk_"))
    row = WriteKey.objects.get()
    assert row.digest == digest_of(key)
    assert key not in str(WriteKey.objects.values_list())
    assert key not in run("list")
    assert WriteKey.objects.all().tenants() == {row.digest: "acme"}


def test_revoking_ends_all_keys_of_a_name():
    for _ in range(2):
        run("add", "acme")
    run("add", "other")

    assert "Revoked 2" in run("revoke", "acme")
    assert set(WriteKey.objects.all().tenants().values()) == {"other"}
    assert run("list").count("revoked") == 2


def test_one_of_two_keys_can_be_revoked():
    old, _key = make_key("acme")
    new, _key = make_key("acme")

    run("revoke", "acme", "--number", str(old.pk))

    assert set(WriteKey.objects.all().tenants()) == {new.digest}


@pytest.mark.parametrize("arguments", [("nobody",), ("acme", "--number", "0")])
def test_revoking_nothing_is_told(arguments):
    run("add", "acme")

    with pytest.raises(CommandError, match="no such live key"):
        run("revoke", *arguments)


def test_without_keys_the_list_says_so():
    assert "no keys" in run("list")


@pytest.mark.parametrize("name", ["", "site", "Acme", "a b", "-a", "a\n", "x" * 51])
def test_a_name_that_is_no_tenants_is_refused(name):
    with pytest.raises(ValidationError):
        make_key(name)
    with pytest.raises(CommandError):
        run("add", "--", name)


@pytest.mark.parametrize(
    "fields", [{"name": SITE, "digest": "0" * 64}, {"name": "a", "digest": "k"}]
)
def test_the_database_refuses_the_sites_name_and_what_is_no_digest(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        WriteKey.objects.create(**fields)


def test_the_collector_keeps_a_bounded_number_of_keys(monkeypatch):
    monkeypatch.setattr("lms.observatory.models.write_key.LIVE_MAX", 2)
    rows = [make_key("acme")[0] for _ in range(3)]

    assert set(WriteKey.objects.all().tenants()) == {rows[1].digest, rows[2].digest}
