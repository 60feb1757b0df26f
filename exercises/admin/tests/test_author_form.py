"""The author's form from outside: text in, lines and fields back, samples, publishing."""

import pytest
from django.urls import reverse

from exercises.author_sheets import text_of
from exercises.authoring.publish import publish_content
from exercises.models import AuditEvent, Enrolment, Exercise, ExerciseVersion
from exercises.models.exercise import VersionPublished
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    ModuleFactory,
    choice_part,
    content,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role
ADD = "/admin/exercises/exercise/add/"


@pytest.fixture
def exercise():
    return ExerciseFactory()


@pytest.fixture
def as_role(client, exercise):
    def sign_in(role):
        client.force_login(EnrolmentFactory(course=exercise.course, role=role).user)
        return client

    return sign_in


def url_of(exercise):
    return reverse("admin:exercises_exercise_change", args=[exercise.pk])


def policy(module, **more):
    return {
        "module": module.pk, "slug": "log-levels", "position": "1", "points": "3.00",
        "attempts": "3", "opens_wall": "", "due_wall": "", "late_steps": "", "reveal": "earned",
        "release": "at_once",
    } | more  # fmt: skip


def posted(exercise, text, *, seen=None, **more):
    seen = exercise.current_version.sha256 if seen is None else seen
    return policy(exercise.module, content=text, seen=seen) | more


def text_with(exercise, **changes):
    """Give the text of the live version with some of its content replaced."""
    version = exercise.current_version
    return text_of(ExerciseVersion(content=version.content | changes))


def declared(chosen, level):
    return {"answer": {"chosen": [chosen]}, "levels": {"choice": level}}


def with_samples(*samples):
    return content(parts=[choice_part() | {"samples": list(samples)}])["parts"]


def draft_of(exercise):
    return exercise.versions.filter(published_at__isnull=True).first()


def shown_text(response):
    return response.context["adminform"].form["content"].value()


def test_the_form_shows_the_live_text_and_says_that_there_is_no_draft(as_role, exercise):
    response = as_role(ROLE.ASSISTANT).get(url_of(exercise))

    assert shown_text(response) == text_of(exercise.current_version)
    assert "Version 1 is live" in response.content.decode()
    assert "There is no draft" in response.content.decode()


def test_an_assistant_saves_a_draft_that_students_do_not_see(as_role, exercise):
    text = text_with(exercise, title="A new title")

    response = as_role(ROLE.ASSISTANT).post(url_of(exercise), posted(exercise, text))

    assert response.status_code == 302
    exercise.refresh_from_db()
    assert draft_of(exercise).title == "A new title"
    assert exercise.current_version.number == 1


def test_the_draft_comes_back_as_it_was_saved(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    text = text_with(exercise, title="A new title")
    client.post(url_of(exercise), posted(exercise, text))

    response = client.get(url_of(exercise))

    assert shown_text(response) == text
    assert "The text below is draft 2." in response.content.decode()


def test_windows_line_ends_change_nothing(as_role, exercise):
    text = text_with(exercise).replace("\n", "\r\n")

    as_role(ROLE.ASSISTANT).post(url_of(exercise), posted(exercise, text))

    assert draft_of(exercise) is None


def test_bad_yaml_names_line_and_field_and_keeps_the_text(as_role, exercise):
    text = text_with(exercise).replace("kind: choice", "kind: chioce")
    line = text.split("\n").index("    kind: chioce") + 1

    response = as_role(ROLE.ASSISTANT).post(url_of(exercise), posted(exercise, text))

    page = response.content.decode()
    assert f'<td class="au-line">{line}</td><td class="au-line">parts.0.kind</td>' in page
    assert "chioce" in shown_text(response)
    assert draft_of(exercise) is None


def test_text_that_is_no_yaml_names_its_line(as_role, exercise):
    response = as_role(ROLE.ASSISTANT).post(
        url_of(exercise), posted(exercise, "title: x\nparts: [\n")
    )

    assert [p.line for p in response.context["problems"]] == [3]
    assert "Not saved: 1 problem" in response.content.decode()


def test_policy_in_the_text_is_sent_to_its_fields(as_role, exercise):
    text = "points: 5\n" + text_with(exercise)

    response = as_role(ROLE.INSTRUCTOR).post(url_of(exercise), posted(exercise, text))

    assert "set in the fields above" in response.content.decode()


def test_markup_in_the_text_is_shown_as_text(as_role, exercise):
    text = text_with(exercise, title="</textarea><script>alert(1)</script>")

    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(exercise), posted(exercise, text))
    page = client.get(url_of(exercise)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_samples_are_shown_as_declared_and_as_graded(as_role, exercise):
    parts = with_samples(declared("debug", 1), declared("info", 1))
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(exercise), posted(exercise, text_with(exercise, parts=parts)))

    response = client.get(url_of(exercise))

    assert [row.agrees for row in response.context["report"].rows] == [True, False]
    assert "choice should be 1 and is 0" in response.content.decode()


def test_a_contradiction_blocks_publishing_and_keeps_the_draft(as_role, exercise):
    text = text_with(exercise, parts=with_samples(declared("info", 1)))

    response = as_role(ROLE.INSTRUCTOR).post(
        url_of(exercise), posted(exercise, text, _publish="1"), follow=True
    )

    page = response.content.decode()
    assert "1 thing stands against it" in page
    assert "sample 1 of level: choice should be 1 and is 0" in page
    assert draft_of(exercise) is not None


def test_publishing_makes_an_immutable_version_and_audits_it(as_role, exercise):
    text = text_with(exercise, parts=with_samples(declared("debug", 1), declared("info", 0)))

    as_role(ROLE.INSTRUCTOR).post(url_of(exercise), posted(exercise, text, _publish="1"))

    exercise.refresh_from_db()
    live = exercise.current_version
    assert (live.number, live.is_published) == (2, True)
    assert AuditEvent.objects.filter(action="version.published").count() == 1
    with pytest.raises(VersionPublished):
        live.save()


def test_publishing_an_unchanged_text_makes_no_version(as_role, exercise):
    response = as_role(ROLE.INSTRUCTOR).post(
        url_of(exercise), posted(exercise, text_with(exercise), _publish="1"), follow=True
    )

    assert "Nothing to publish" in response.content.decode()
    assert exercise.versions.count() == 1


def test_an_assistant_cannot_publish_even_with_a_forged_form(as_role, exercise):
    text = text_with(exercise, title="Forged")

    client = as_role(ROLE.ASSISTANT)
    page = client.get(url_of(exercise)).content.decode()
    response = client.post(url_of(exercise), posted(exercise, text, _publish="1"))

    assert "_publish" not in page
    assert response.status_code == 403
    assert exercise.versions.count() == 1


def test_an_assistant_cannot_change_the_policy_even_with_a_forged_form(as_role, exercise):
    changed = posted(
        exercise, text_with(exercise), points="99", attempts="50", due_wall="2030-01-01T00:00",
        late_steps="2030-02-01T00:00 0.5", reveal="close", release="close", slug="forged",
    )  # fmt: skip

    as_role(ROLE.ASSISTANT).post(url_of(exercise), changed)

    before = (exercise.points, exercise.attempts, exercise.slug, exercise.reveal, exercise.release)
    exercise.refresh_from_db()
    assert (
        exercise.points, exercise.attempts, exercise.slug, exercise.reveal, exercise.release,
    ) == before  # fmt: skip
    assert (exercise.due_at, exercise.late_steps) == (None, [])


def test_an_instructor_sets_times_in_the_zone_of_the_course(as_role, exercise):
    data = posted(
        exercise, text_with(exercise), due_wall="2026-11-29T23:59",
        late_steps="2026-12-06T23:59 0.5\n\n2026-12-13T23:59 0.25\n",
    )  # fmt: skip

    as_role(ROLE.INSTRUCTOR).post(url_of(exercise), data)

    exercise.refresh_from_db()
    assert exercise.due_at.isoformat() == "2026-11-29T21:59:00+00:00"
    assert [step["fraction"] for step in exercise.late_steps] == ["0.5", "0.25"]
    assert exercise.late_steps[0]["until"].startswith("2026-12-06T21:59")


@pytest.mark.parametrize(
    "late", ["soon", "2026-12-06T23:59", "2026-12-06T23:59 NaN", "2026-12-06T23:59 2", "x 0.5 y"]
)
def test_a_late_step_that_cannot_be_read_gives_an_example(as_role, exercise, late):
    data = posted(exercise, text_with(exercise), due_wall="2026-11-29T23:59", late_steps=late)

    page = as_role(ROLE.INSTRUCTOR).post(url_of(exercise), data).content.decode()

    assert "such as: 2026-12-06T23:59 0.5" in page


def test_times_out_of_order_are_refused_with_the_text_kept(as_role, exercise):
    data = posted(
        exercise, text_with(exercise, title="Kept"), opens_wall="2026-12-01T00:00",
        due_wall="2026-11-01T00:00",
    )  # fmt: skip

    response = as_role(ROLE.INSTRUCTOR).post(url_of(exercise), data)

    assert "opening, due and late times in that order" in response.content.decode()
    assert "Kept" in shown_text(response)
    assert draft_of(exercise) is None


def test_a_late_step_at_a_time_that_clocks_skip_is_refused(as_role, exercise):
    data = posted(
        exercise, text_with(exercise), due_wall="2027-03-01T00:00",
        late_steps="2027-03-28T03:30 0.5",
    )  # fmt: skip

    response = as_role(ROLE.INSTRUCTOR).post(url_of(exercise), data)

    assert "clocks skip it" in response.content.decode()


def test_a_draft_older_than_the_live_version_is_still_shown_and_says_so(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(exercise), posted(exercise, text_with(exercise, title="Mine")))
    imported = content(title="Imported")
    publish_content(exercise=exercise, content=imported, source="files:x.yaml", by=None)

    response = client.get(url_of(exercise))

    assert "Mine" in shown_text(response)
    assert "begun before version 3 went live" in response.content.decode()


def test_two_authors_do_not_overwrite_each_other(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(exercise), posted(exercise, text_with(exercise, title="First")))

    response = client.post(url_of(exercise), posted(exercise, text_with(exercise, title="Second")))

    assert "somebody saved this exercise since you opened it" in response.content.decode()
    assert "First" in response.context["stored_text"]
    assert "Second" in shown_text(response)
    assert draft_of(exercise).title == "First"


def test_saving_again_after_a_collision_replaces_the_other_text(as_role, exercise):
    client = as_role(ROLE.ASSISTANT)
    client.post(url_of(exercise), posted(exercise, text_with(exercise, title="First")))
    second = posted(exercise, text_with(exercise, title="Second"))
    refused = client.post(url_of(exercise), second)
    seen = refused.context["adminform"].form["seen"].value()

    client.post(url_of(exercise), second | {"seen": seen})

    assert draft_of(exercise).title == "Second"


def test_a_new_exercise_starts_from_a_text_that_can_be_published(as_role, exercise):
    client = as_role(ROLE.INSTRUCTOR)
    text = shown_text(client.get(ADD))

    client.post(ADD, policy(exercise.module, slug="new", content=text, seen=""))
    new = Exercise.objects.get(slug="new")
    data = policy(new.module, slug="new", content=text, seen=draft_of(new).sha256, _publish="1")
    client.post(url_of(new), data)

    new.refresh_from_db()
    assert new.course == exercise.course
    assert new.current_version.number == 1


def test_a_slug_that_the_course_has_is_refused(as_role, exercise):
    client = as_role(ROLE.INSTRUCTOR)
    text = shown_text(client.get(ADD))
    data = policy(exercise.module, slug=exercise.slug, content=text, seen="")

    page = client.post(ADD, data).content.decode()

    assert "This course has an exercise of that slug" in page


@pytest.mark.parametrize("module", ["", "0", "foreign"])
def test_a_new_exercise_needs_a_module_of_the_instructors_own_course(as_role, exercise, module):
    client = as_role(ROLE.INSTRUCTOR)
    chosen = ModuleFactory().pk if module == "foreign" else module
    text = shown_text(client.get(ADD))

    response = client.post(
        ADD, policy(exercise.module, slug="new", content=text, seen="") | {"module": chosen}
    )

    assert response.context["adminform"].form.errors["module"]
    assert not Exercise.objects.filter(slug="new").exists()


def test_an_exercise_stays_in_its_course(as_role, client, exercise):
    user = EnrolmentFactory(course=exercise.course, role=ROLE.INSTRUCTOR).user
    elsewhere = ModuleFactory()
    EnrolmentFactory(course=elsewhere.course, role=ROLE.INSTRUCTOR, user=user)
    client.force_login(user)

    data = posted(exercise, text_with(exercise)) | {"module": elsewhere.pk}
    page = client.post(url_of(exercise), data).content.decode()

    assert "Choose a module of the same course" in page


def test_a_changed_policy_is_audited_with_its_values(as_role, exercise):
    as_role(ROLE.INSTRUCTOR).post(
        url_of(exercise),
        posted(exercise, text_with(exercise), attempts="5", position=str(exercise.position)),
    )

    event = AuditEvent.objects.get(action="policy.changed")
    assert (event.before, event.after) == ({"attempts": "3"}, {"attempts": "5"})


def test_an_unchanged_policy_is_not_audited(as_role, exercise):
    text = text_with(exercise, title="A new title")

    data = posted(exercise, text, position=str(exercise.position))
    as_role(ROLE.INSTRUCTOR).post(url_of(exercise), data)

    assert not AuditEvent.objects.filter(action="policy.changed").exists()


def test_the_preview_button_saves_and_leads_to_the_preview(as_role, exercise):
    text = text_with(exercise, title="A new title")

    response = as_role(ROLE.ASSISTANT).post(
        url_of(exercise), posted(exercise, text, _preview="1"), follow=True
    )

    assert response.redirect_chain[-1][0] == reverse(
        "exercises:preview", args=[exercise.course.slug, exercise.slug]
    )
    assert "A new title" in response.content.decode()
