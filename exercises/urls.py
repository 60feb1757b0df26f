"""Addresses of courses, exercises, submissions and their review."""

from django.urls import URLPattern, path

from exercises.views import (
    agreement,
    answering,
    courses,
    following,
    grades,
    joining,
    people,
    previewing,
    regrading,
    review_results,
    review_tools,
    reviewing,
    submissions,
    trying,
)

_COURSE = "courses/<slug:course>/"
_EXERCISE = f"{_COURSE}exercises/<slug:exercise>/"
_SUBMISSION = f"{_COURSE}submissions/<str:receipt>/"
_REGRADE = f"{_COURSE}regrades/<int:batch>/"
_REVIEW = f"{_COURSE}review/"
_REVIEWED = f"{_REVIEW}<str:receipt>/"
_PERSON = f"{_COURSE}people/<int:enrolment>/"

app_name = "exercises"
urlpatterns: list[URLPattern] = [
    path("", courses.courses, name="courses"),
    path("join/", joining.join, name="join"),
    path(_COURSE, courses.course, name="course"),
    path(f"{_COURSE}grades/", grades.grades, name="grades"),
    path(f"{_COURSE}grades.csv", grades.grades_csv, name="grades_csv"),
    path(_EXERCISE, answering.exercise, name="exercise"),
    path(f"{_EXERCISE}draft/", answering.save_draft, name="save_draft"),
    path(f"{_EXERCISE}hand-in/", answering.hand_in, name="hand_in"),
    path(f"{_EXERCISE}reveal/", submissions.reveal, name="reveal"),
    path(_SUBMISSION, submissions.submission, name="submission"),
    path(f"{_SUBMISSION}state/", submissions.submission_state, name="submission_state"),
    path(f"{_SUBMISSION}follow/", following.follow, name="follow"),
    path(f"{_SUBMISSION}follow/state/", following.follow_state, name="follow_state"),
    path(f"{_SUBMISSION}self-marks/", submissions.mark_self, name="mark_self"),
    path(f"{_SUBMISSION}second-look/", submissions.ask_review, name="ask_review"),
    path(f"{_COURSE}people/", people.people, name="people"),
    path(f"{_COURSE}people/codes/", people.make_code, name="make_code"),
    path(f"{_COURSE}people/codes/<int:code>/revoke/", people.revoke_code, name="revoke_code"),
    path(_PERSON, people.person, name="person"),
    path(f"{_PERSON}role/", people.set_role, name="set_role"),
    path(f"{_PERSON}extension/", people.grant_extension, name="grant_extension"),
    path(
        f"{_PERSON}exercises/<slug:exercise>/override/",
        people.override_policy,
        name="override_policy",
    ),
    path(f"{_EXERCISE}try/<slug:part>/", trying.try_rubric, name="try_rubric"),
    path(f"{_COURSE}agreement/", agreement.agreement, name="agreement"),
    path(
        f"{_COURSE}agreement/<slug:exercise>/<slug:part>/release/",
        agreement.set_release,
        name="set_release",
    ),
    path(f"{_COURSE}regrades/", regrading.regrades, name="regrades"),
    path(f"{_COURSE}regrades/new/", regrading.new_regrade, name="new_regrade"),
    path(_REGRADE, regrading.regrade, name="regrade"),
    path(f"{_REGRADE}state/", regrading.regrade_state, name="regrade_state"),
    path(f"{_REGRADE}rows.csv", regrading.regrade_csv, name="regrade_csv"),
    path(f"{_REGRADE}apply/", regrading.apply_regrade, name="apply_regrade"),
    path(f"{_REGRADE}cancel/", regrading.cancel_regrade, name="cancel_regrade"),
    path(f"{_REGRADE}undo/", regrading.undo_regrade, name="undo_regrade"),
    path(_REVIEW, reviewing.review_queue, name="review_queue"),
    path(f"{_REVIEW}names/", review_tools.reveal_names, name="reveal_names"),
    path(f"{_REVIEW}keys/", review_tools.switch_keys, name="switch_keys"),
    path(f"{_REVIEW}phrases/<slug:exercise>/<slug:part>/", review_tools.snippets, name="snippets"),
    path(f"{_REVIEW}phrase/<int:snippet>/", review_tools.snippet, name="snippet"),
    path(
        f"{_REVIEW}phrase/<int:snippet>/delete/",
        review_tools.delete_snippet,
        name="delete_snippet",
    ),
    path(_REVIEWED, reviewing.review, name="review"),
    path(f"{_REVIEWED}name/", review_tools.reveal_name, name="reveal_name"),
    path(f"{_REVIEWED}check/", review_results.review_checked, name="review_checked"),
    path(f"{_REVIEWED}check/replace/", review_results.replace_grade, name="replace_grade"),
    path(
        f"{_REVIEWED}proposals/<int:proposal>/take/",
        review_results.take_proposal,
        name="take_proposal",
    ),
    path(
        f"{_REVIEWED}proposals/<int:proposal>/dismiss/",
        review_results.dismiss_proposal,
        name="dismiss_proposal",
    ),
    path(
        "courses/<slug:course>/exercises/<slug:exercise>/preview/",
        previewing.preview,
        name="preview",
    ),
]
