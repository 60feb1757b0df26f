"""Every state of every page, each with the way to reach it. A new page gets its line here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from exercises import grading
from exercises.models import Enrolment, Exercise, GradingJob
from exercises.submitting import new_key, open_work, submit
from exercises.tests.browser.conftest import Site
from exercises.tests.factories import ExerciseFactory

SURE = "DEBUG logs fill the disk and leak passwords."
UNSURE = "Let us be careful here, it is a matter of order."
LONG_AGO, SOON = timedelta(days=-3), timedelta(days=3)


@dataclass(frozen=True)
class State:
    """view: the URL name that answers. reach: gives the address to open, None when it is there."""

    view: str
    role: str
    reach: Callable[["Scene"], str | None]


STATES: dict[str, State] = {}


def state(view, *, role=Enrolment.Role.STUDENT.value):
    """Register a function that brings a scene into a state of that view's page."""

    def register(reach):
        STATES[reach.__name__] = State(view, role, reach)
        return reach

    return register


@dataclass
class Scene:
    """One person at the site with her browser, and what the states need to come about."""

    site: Site
    page: object
    who: Enrolment
    student: Enrolment
    made: list = field(default_factory=list)

    def exercise(self, slug, **policy):
        """Make an exercise that says what the seed's first says, under its own policy."""
        seed = self.site.course.exercises.get(slug="log-levels")
        made = ExerciseFactory(
            module=seed.module, slug=slug, position=20 + len(self.made),
            content=seed.current_version.content | {"title": f"Log levels, {slug}"}, **policy,
        )  # fmt: skip
        self.made.append(made)
        return made

    def work(self, exercise):
        return open_work(enrolment=self.student, exercise=exercise)

    def hand_in(self, exercise, text=SURE, option="debug", key=None):
        item = self.work(exercise)
        return submit(
            work_item=item, key=key or new_key(item), version=exercise.current_version,
            answers={"level": {"chosen": [option]}, "why_info": {"text": text}},
        )  # fmt: skip

    def graded(self, exercise, text=SURE, option="debug"):
        submission = self.hand_in(exercise, text, option)
        grading.grade_job(submission.jobs.get().pk)
        return submission

    def with_job(self, slug, **job):
        """Hand in on a new exercise and set what its grading job says."""
        submission = self.hand_in(self.exercise(slug))
        GradingJob.objects.filter(submission=submission).update(**job)
        return self.url("submission", submission.receipt)

    def url(self, name, *args):
        return reverse(f"exercises:{name}", args=[self.site.course.slug, *args])

    def set(self, exercise, **policy):
        Exercise.objects.filter(pk=exercise.pk).update(**policy)

    def open(self, path):
        self.page.goto(self.site.base + path)

    def press(self, name, **more):
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, **more).first.click()

    def post(self, path, **fields):
        """Post a form as a page of the site would, with the token of the page that is open."""
        with self.page.expect_navigation():
            self.page.evaluate(_POST, [path, fields])

    def show(self, response):
        """Show an answer that a browser does not come by easily, under the site's own address."""
        body = response.content.decode()
        there = self.site.base + response.request["PATH_INFO"]
        self.page.route(there, lambda route: route.fulfill(body=body, content_type="text/html"))
        self.page.goto(there)
        self.page.unroute(there)


_POST = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = path;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token })) {
    const field = document.createElement("textarea");
    field.name = name; field.value = value; form.append(field);
  }
  document.body.append(form); form.submit();
}"""


def at(delta):
    return timezone.now() + delta
