"""Every page in every state through axe: light and dark, wide and narrow, and at 200 % text."""

from urllib.parse import urlparse

import pytest
from django.urls import URLPattern, get_resolver, resolve

from exercises.tests.browser import (
    follow_states,
    observe_states,
    outside_states,
    regrade_states,
    review_states,
    staff_states,
    student_states,
)
from exercises.tests.browser.looking import wrongs_of
from exercises.tests.browser.states import STATES, Scene

assert outside_states, (
    follow_states,
    observe_states,
    regrade_states,
    review_states,
    staff_states,
    student_states,
)  # each registers its states on import

ACTION = "a post that leads to a page that is visited"
FRAGMENT = "a fragment, seen in its page"
NO_PAGE = "no page"
RECORDS = "Django's own page for operators: one list, one form and one record stand for all"
# Why a URL name has no state of its own; {model} stands for each of the admin's.
LEFT_OUT = {
    "accounts:sign_out": ACTION, "accounts:theme": ACTION,
    "exercises:reveal": ACTION, "exercises:mark_self": ACTION,
    "exercises:revoke_code": ACTION, "exercises:apply_regrade": ACTION,
    "exercises:cancel_regrade": ACTION, "exercises:undo_regrade": ACTION,
    "exercises:switch_keys": ACTION, "exercises:delete_snippet": ACTION,
    "exercises:take_proposal": ACTION, "exercises:dismiss_proposal": ACTION,
    "exercises:replace_grade": ACTION,
    "exercises:submission_state": FRAGMENT, "exercises:regrade_state": FRAGMENT,
    "observatory:pulse": FRAGMENT, "observatory:tail": FRAGMENT,
    "exercises:follow_state": FRAGMENT,
    "exercises:grades_csv": NO_PAGE, "exercises:regrade_csv": NO_PAGE, "healthz": NO_PAGE,
    "admin:jsi18n": NO_PAGE, "admin:autocomplete": NO_PAGE, "admin:view_on_site": NO_PAGE,
    "admin:login": "leads to the site's own sign-in", "admin:logout": ACTION,
    "admin:exercises_course_add": RECORDS, "admin:exercises_course_delete": RECORDS,
    "admin:exercises_course_history": RECORDS, "admin:exercises_module_history": RECORDS,
    "admin:exercises_module_delete": "the page of admin:exercises_exercise_delete",
}  # fmt: skip
WRITTEN_BY_STAFF = (
    "admin:exercises_course_",
    "admin:exercises_module_",
    "admin:exercises_exercise_",
)


@pytest.mark.parametrize("role", ["", "student", "instructor", "assistant", "operator"])
def test_every_state_is_accessible_and_holds_large_text(site, quiet, role):
    student = site.person("mara")
    who = site.person("ines", role=role) if role in {"instructor", "assistant"} else student
    if role == "operator":
        who.user.is_superuser = True
        who.user.save()
    if role:
        site.let_in(quiet.context, who.user)
    scene = Scene(site=site, page=quiet, who=who, student=student)

    wrong = [each for name, state in STATES.items() if state.role == role
             for each in _look(scene, name, state)]  # fmt: skip

    assert wrong == [], "\n".join(wrong)


def _look(scene, name, state):
    path = state.reach(scene)
    if path is not None:
        scene.open(path)
    here = urlparse(scene.page.url).path
    if ":" in state.view and "sign-in" not in here:
        assert resolve(here).view_name == state.view, f"{name} is at {here}"
    return wrongs_of(scene.page, name)


def test_every_address_of_the_site_has_a_state_or_a_reason():
    seen = {state.view for state in STATES.values()}

    missing = [name for name in _names(get_resolver()) if name not in seen | set(LEFT_OUT)
               and not _is_record(name)]  # fmt: skip

    assert missing == []


def _is_record(name):
    return name.startswith("admin:") and not name.startswith(WRITTEN_BY_STAFF)


def _names(resolver, space=""):
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{space}{each.name}" if each.name else f"{space}{each.pattern}"
        else:
            yield from _names(each, f"{each.namespace}:" if each.namespace else space)
