"""What a first visit costs in bytes on the real site, and that nothing comes from elsewhere."""

import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exercises.tests.browser.test_loop import WHY_INFO
from lms.processes import accounts_file
from lms.testing.site import running_site

FIRST_VISIT_BYTES = 200_000
# The receipt carries the recording of its own making: thirty spans as a table.
RECEIPT_BYTES = 210_000
PAGES = ("sign-in", "course", "exercise", "submission")


@pytest.fixture(scope="module")
def real_site(tmp_path_factory):
    """The site as `make run` starts it: static files collected and compressed, demo accounts."""
    with running_site(tmp_path_factory.mktemp("weighed") / "data") as site:
        yield site


class Scales:
    """Weighs what a browser's network stack received, headers and compressed bodies."""

    def __init__(self, page):
        self.kinds, self.bytes, self.hosts = {}, Counter(), set()
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.responseReceived", self._answered)
        wire.on("Network.loadingFinished", self._finished)

    def _asked(self, event):
        if not event["request"]["url"].startswith("data:"):
            self.hosts.add(urlsplit(event["request"]["url"]).netloc)

    def _answered(self, event):
        self.kinds[event["requestId"]] = event["type"]

    def _finished(self, event):
        kind = self.kinds.get(event["requestId"], "Other")
        self.bytes[kind] += int(event["encodedDataLength"])


@pytest.mark.process
def test_a_first_visit_stays_light_and_asks_nobody_else(real_site, browser, capsys):
    with browser.new_context() as context:
        page = context.new_page()
        addresses = _addresses(real_site.address, page, _student_of(real_site))
        cookies = context.cookies()
    weights, hosts = {}, set()
    for name, address in addresses.items():
        with browser.new_context() as context:
            if name != "sign-in":
                context.add_cookies(cookies)
            page = context.new_page()
            scales = Scales(page)
            page.goto(address, wait_until="networkidle")
            page.wait_for_timeout(100)
            weights[name] = scales.bytes
            hosts |= scales.hosts
    # Without htmx the page was opened after its recording came; while it waits it looks with htmx.
    htmx_bytes = _compressed(real_site, "js/htmx.min.*.js.gz")
    if weights["submission"]["Script"] < htmx_bytes:
        weights["submission"]["Script"] += htmx_bytes

    with capsys.disabled():
        sys.stdout.write(_table(weights) + "\n")

    assert {urlsplit(real_site.address).netloc} == hosts
    assert 0 < sum(weights.pop("submission").values()) < RECEIPT_BYTES
    assert all(0 < sum(each.values()) < FIRST_VISIT_BYTES for each in weights.values())


def _addresses(base, page, student):
    """Sign in as the demo student, hand in once, and give the address of each page."""
    page.goto(base)
    page.get_by_label("User name or e-mail").fill(student.username)
    page.get_by_label("Password").fill(student.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/courses/**")
    found = {"sign-in": f"{base}/sign-in/", "course": page.url}
    page.get_by_role("link", name="The log level strategy", exact=True).click()
    page.wait_for_url("**/exercises/**")
    found["exercise"] = page.url
    page.get_by_label("DEBUG").check()
    page.get_by_label("Your answer: Why go back to INFO?").fill(WHY_INFO)
    page.get_by_role("button", name="Hand in attempt").click()
    page.wait_for_url("**/submissions/**")
    return found | {"submission": page.url}


def _compressed(site, pattern):
    (found,) = Path(site.environment["WATCHERS_DATA"], "static").glob(pattern)
    return found.stat().st_size


def _student_of(site):
    accounts = accounts_file.read(Path(site.environment["WATCHERS_DATA"]))
    return next(one for one in accounts if "student" in one.username)


def _table(weights):
    kinds = sorted({kind for each in weights.values() for kind in each})
    rows = [f"\n{'bytes':12}" + "".join(f"{kind:>12}" for kind in [*kinds, "all"])]
    for name, each in weights.items():
        counts = [*(each[kind] for kind in kinds), sum(each.values())]
        rows.append(f"{name:12}" + "".join(f"{count:12}" for count in counts))
    return "\n".join(rows)
