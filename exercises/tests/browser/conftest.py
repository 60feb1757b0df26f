"""The seed course behind a live server, and the system's Chromium in front of it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from exercises import grading
from exercises.authoring.importing import import_course
from exercises.models import Course, Enrolment, GradingJob
from exercises.tests.factories import EnrolmentFactory, UserFactory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SEED_COURSE = Path(__file__).parents[2] / "content" / "backend-operations"
PASSWORD = "lantern-in-the-cellar-9"

# Playwright's own loop runs in the test's thread; the ORM is used between its calls, not in them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    quiet = "--disable-gpu --disable-quic --no-first-run --disable-sync"
    calm = "--disable-background-networking --disable-component-update"
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", *quiet.split(), *calm.split()]}


@pytest.fixture(scope="session")
def base_url():
    """Stand in for the plug-in's own, which pytest 9.2 warns of; addresses are always whole."""


@dataclass
class Site:
    """The live site: its pages by name, and its worker's work on demand."""

    base: str
    course: Course

    def url(self, name, *args):
        return self.base + reverse(f"exercises:{name}", args=[self.course.slug, *args])

    def person(self, username, role=Enrolment.Role.STUDENT):
        user = UserFactory(username=username)
        user.set_password(PASSWORD)
        user.save()
        return EnrolmentFactory(course=self.course, user=user, role=role)

    def let_in(self, context, user):
        """Give the browser a session of that person, without the sign-in page."""
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": self.base}])

    def grade_all(self):
        """Do what a worker does with every open job."""
        for job in GradingJob.objects.filter(state__in=GradingJob.OPEN):
            grading.grade_job(job.pk)

    def sign_in(self, page, username, *, start="/"):
        page.goto(self.base + start)
        page.get_by_label("User name or e-mail").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.fixture
def site(live_server):
    import_course(SEED_COURSE)
    return Site(live_server.url, Course.objects.get())


@pytest.fixture
def quiet(page):
    """Fail on any script error or refused resource that the page meets."""
    noise = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("console", lambda line: noise.append(line.text) if line.type == "error" else None)
    yield page
    refused = [line for line in noise if "status of 4" not in line]
    assert refused == []
