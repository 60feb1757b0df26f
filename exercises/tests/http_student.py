"""A demo student over real HTTP, for tests of the running site."""

import re
import time
from pathlib import Path

import requests

COURSE = "/courses/backend-operations"


def password_of(site, name):
    """Give a demo account's password."""
    accounts = Path(site.environment["WATCHERS_DATA"], "demo-accounts.txt").read_text()
    return re.search(rf"^{name}\t(\S+)", accounts, re.MULTILINE)[1]


def signed_in(site, name):
    """Give a session in which a demo account is signed in."""
    session = requests.Session()
    session.trust_env = False
    session.get(f"{site.address}/sign-in/")
    form = {
        "name": name,
        "password": password_of(site, name),
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    assert session.post(f"{site.address}/sign-in/", form).ok
    return session


def hand_in(site, session, answer):
    """Hand an answer of log-levels in; give the receipt and the seconds until the reply."""
    page = session.get(f"{site.address}{COURSE}/exercises/log-levels/").text
    names = ("csrfmiddlewaretoken", "key", "version", "revision")
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}
    started = time.monotonic()
    reply = session.post(
        f"{site.address}{COURSE}/exercises/log-levels/hand-in/",
        {**form, **answer},
        allow_redirects=False,
    )
    assert reply.status_code == 302, reply.text
    return reply.headers["Location"].rstrip("/").rsplit("/", 1)[-1], time.monotonic() - started
