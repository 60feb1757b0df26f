"""Which doubtful answers are judged blind beside the released ones."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exercises import claiming
from exercises.access import Membership
from exercises.decoy_drawing import draw_decoys
from exercises.in_line import line_of
from exercises.models import ReleaseAudit, ReviewRequest, WorkItem
from exercises.queries.submission_page import submission_for, submission_page
from exercises.queries.waiting import Filters, Waiting
from exercises.tests.factories import ReleaseSwitchFactory, UserFactory
from exercises.tests.review_pages.rows import (
    answered,
    audited,
    graded,
    text_exercise,
    text_item,
    waits,
)
from exercises.verifying import differences

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercise():
    return text_exercise()


def drawn(exercise):
    """Draw, and give the ids of the submissions whose decoys wait."""
    draw_decoys(Waiting(exercise.course))
    decoys = ReleaseAudit.objects.waiting().filter(is_decoy=True)
    return set(decoys.values_list("grade__submission", flat=True))


def _queue(of, **filters):
    waiting = Waiting(of.course, filters=Filters(**filters))
    entries = waiting.part_of(0, 50)
    assert waiting.count() == len(entries)
    return sorted((entry.reason, entry.submission_id) for entry in entries)


def test_as_many_doubtful_answers_are_blind_as_released_ones(exercise):
    checked = {audited(exercise)[0].pk for _ in range(2)}
    doubtful = {waits(exercise).pk for _ in range(5)}

    decoys = drawn(exercise)

    assert len(decoys) == 2
    assert decoys < doubtful
    assert _queue(exercise, reason="audit") == [("audit", pk) for pk in sorted(checked | decoys)]
    shown = [("doubtful", pk) for pk in sorted(doubtful - decoys)]
    assert _queue(exercise, reason="doubtful") == shown
    assert len(_queue(exercise)) == 7


def test_a_reload_draws_the_same(exercise):
    audited(exercise)
    for _ in range(4):
        waits(exercise)

    assert drawn(exercise) == drawn(exercise)
    assert ReleaseAudit.objects.count() == 2


def test_the_draw_hangs_on_a_secret_and_not_on_the_order(exercise, settings):
    audited(exercise)
    for _ in range(12):
        waits(exercise)
    chosen = set()
    for key in "abcdefgh":
        settings.SECRET_KEY = key * 50
        chosen |= drawn(exercise)
        ReleaseAudit.objects.filter(is_decoy=True).delete()

    assert len(chosen) > 2


def test_none_is_drawn_without_a_look(exercise):
    waits(exercise)

    assert drawn(exercise) == set()


def test_all_that_wait_are_drawn_where_there_are_too_few(exercise):
    for _ in range(3):
        audited(exercise)
    only = waits(exercise)

    assert drawn(exercise) == {only.pk}


def test_a_decided_look_or_decoy_draws_no_other(exercise):
    for _ in range(2):
        audited(exercise)
    for _ in range(6):
        waits(exercise)
    drawn(exercise)
    done = [ReleaseAudit.objects.filter(is_decoy=each).first().pk for each in (True, False)]
    ReleaseAudit.objects.filter(pk__in=done).update(decided_at=timezone.now(), agrees=True)

    drawn(exercise)

    assert ReleaseAudit.objects.filter(is_decoy=True).count() == 2


def test_a_decoy_that_was_graded_otherwise_is_replaced(exercise):
    audited(exercise)
    for _ in range(2):
        waits(exercise)
    (first,) = drawn(exercise)
    look = ReleaseAudit.objects.get(is_decoy=True)
    graded(look.grade.submission, text_item(), source="human", supersedes=look.grade)

    (second,) = drawn(exercise)

    assert second != first


def test_only_the_same_question_under_the_same_rubric_is_drawn(exercise):
    audited(exercise)
    _submission, other = audited(exercise)
    changed = ReleaseSwitchFactory(exercise=exercise, content_hash="0" * 64)
    ReleaseAudit.objects.filter(pk=other.pk).update(switch=changed)
    for _ in range(3):
        waits(exercise)
    waits(text_exercise(module=exercise.module, course=exercise.course))

    assert len(drawn(exercise)) == 1


def test_another_version_of_the_grader_is_another_question(exercise):
    audited(exercise)
    old = answered(exercise, why="The disk.")
    graded(old, text_item() | {"kind_version": "0"})

    assert drawn(exercise) == set()


def test_what_is_still_the_students_to_better_is_not_drawn():
    exercise = text_exercise(attempts=3)
    audited(exercise)
    waits(exercise)

    assert drawn(exercise) == set()


def test_what_waits_no_more_is_shown_to_nobody(exercise):
    audited(exercise)
    shown = waits(exercise)
    drawn(exercise)

    WorkItem.objects.filter(pk=shown.work_item_id).update(attempts_max=3)

    assert [pk for _reason, pk in _queue(exercise) if pk == shown.pk] == []


def test_what_somebody_looks_at_is_left(exercise):
    audited(exercise)
    seen, free = waits(exercise), waits(exercise)
    claiming.claim(seen, reviewer=UserFactory())

    assert drawn(exercise) == {free.pk}


def test_what_a_person_has_begun_to_grade_is_left(exercise):
    audited(exercise)
    begun = waits(exercise)
    head = begun.grades.get()
    graded(begun, text_item(), source="human", supersedes=head)

    assert drawn(exercise) == set()


def test_who_asks_for_a_person_is_read_with_her_words(exercise):
    audited(exercise)
    asking = waits(exercise)
    assert drawn(exercise) == {asking.pk}

    ReviewRequest.objects.create(submission=asking, created_at=timezone.now())

    assert drawn(exercise) == set()
    assert ("asked", asking.pk) in _queue(exercise)


def test_one_answer_may_be_drawn_for_several_questions():
    exercise = text_exercise("why", "how")
    checked = answered(exercise, why="The disk.", how="They leak.")
    items = [text_item(slug, leak=1.0, certain=True) for slug in ("why", "how")]
    head = graded(checked, *items)
    for part in ("why", "how"):
        switch = ReleaseSwitchFactory(exercise=exercise, of=head.version.specification.part(part))
        ReleaseAudit.objects.create(switch=switch, grade=head, part=part, drawn_at=timezone.now())
    for _ in range(4):
        graded(answered(exercise, why="Hm.", how="Hm."), text_item("why"), text_item("how"))

    (one,) = drawn(exercise)

    assert {a.part for a in ReleaseAudit.objects.filter(is_decoy=True)} == {"why", "how"}
    assert _queue(exercise, part="how", exercise=exercise.slug, reason="audit") == sorted(
        [("audit", checked.pk), ("audit", one)]
    )


def test_a_doubt_beside_a_released_question_may_stand_in_one_blind_sheet():
    exercise = text_exercise("why", "how")
    both = answered(exercise, why="The disk.", how="Hm.")
    head = graded(both, text_item("why", leak=1.0, certain=True), text_item("how"))
    other = answered(exercise, why="Hm.", how="They leak.")
    theirs = graded(other, text_item("why", certain=True), text_item("how", leak=1.0, certain=True))
    for grade, part in ((head, "why"), (theirs, "how")):
        switch = ReleaseSwitchFactory(exercise=exercise, of=grade.version.specification.part(part))
        ReleaseAudit.objects.create(switch=switch, grade=grade, part=part, drawn_at=timezone.now())

    assert drawn(exercise) == {both.pk}
    assert _queue(exercise) == sorted([("audit", both.pk), ("audit", other.pk)])


def test_the_student_sees_her_place_as_before(exercise):
    audited(exercise)
    mine = waits(exercise)
    before = _line(mine)
    drawn(exercise)

    assert (before.position, before.length) == (1, 1)
    assert _line(mine) == before


def _line(submission):
    enrolment = submission.work_item.enrolment
    course = submission.work_item.exercise.course
    member = Membership(course=course, user=enrolment.user, enrolment=enrolment)
    found = submission_for(member, submission.receipt)
    return line_of(submission_page(member, found, at=timezone.now()))


def test_a_decoy_is_in_no_list_of_answers_alike(exercise):
    audited(exercise)
    waits(exercise)
    drawn(exercise)
    shown = waits(exercise)

    assert Waiting(exercise.course).doubtful_beside(shown, most=9) == []


def test_the_order_tells_nothing(exercise):
    """A decoy stands where it stood, at the time since when it waits."""
    ago = timezone.now() - timedelta(hours=2)
    audited(exercise)
    old = waits(exercise, created_at=ago)
    drawn(exercise)

    first = Waiting(exercise.course).part_of(0, 1)[0]

    assert (first.submission_id, first.since) == (old.pk, ago)


@pytest.mark.parametrize("rows", [1, 30])
def test_a_look_without_its_like_costs_the_same_queries_at_any_length(
    exercise, django_assert_num_queries, rows
):
    for _ in range(rows):
        audited(exercise)
        waits(text_exercise(module=exercise.module, course=exercise.course))
    waiting = Waiting(exercise.course, exercises=[exercise])

    with django_assert_num_queries(3):  # switches, versions, candidates
        draw_decoys(waiting)


def test_verify_holds_a_decoy_against_a_doubted_part(exercise):
    audited(exercise)
    waits(exercise)
    drawn(exercise)
    unmade = {"answers_hash", "first job", "best_points", "official_grade", "proposed_points"}
    assert {each.check for each in differences()} <= unmade

    ReleaseAudit.objects.filter(is_decoy=False).update(is_decoy=True)

    assert "doubted part" in {each.check for each in differences()}
