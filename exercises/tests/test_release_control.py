"""Blind looks at what the machine released, and the switch that they turn."""

from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from exercises import grading, release_control
from exercises.models import (
    AuditEvent,
    Grade,
    ReleaseAudit,
    ReleaseChange,
    ReleaseSwitch,
)
from exercises.models.release import ReleaseChangeIsFinal
from exercises.release_control import after_decision, draw, set_release
from exercises.submitting import open_work
from exercises.tests.factories import (
    EnrolmentFactory,
    ExerciseFactory,
    GradeFactory,
    ReleaseAuditFactory,
    ReleaseSwitchFactory,
    UserFactory,
    VersionFactory,
    grade_item,
)
from exercises.tests.fake_kind import fake_content
from lms.telemetry.tests.fixtures import lines, spans

__all__ = ["lines", "spans"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercise(fake_kind):
    return ExerciseFactory(content=fake_content())


@pytest.fixture
def switch(exercise):
    return ReleaseSwitchFactory(exercise=exercise)


@pytest.fixture
def nobody_drawn(monkeypatch):
    """Leave out the share that is drawn after the first ones."""
    monkeypatch.setattr(release_control, "AUDITED_OF_100", 0)


def released(exercise, **more):
    item = grade_item(part="w1", **more.pop("item", {}))
    return GradeFactory(submission__work_item__exercise=exercise, items=[item], **more)


def looked(switch, *agrees):
    """Decide looks in that order; give the change that the last one made, if any."""
    for each in agrees:
        change = after_decision(ReleaseAuditFactory(switch=switch, agrees=each))
    return change


def _grade(submission):
    grading.grade_job(submission.jobs.get().pk)
    return Grade.objects.get(submission=submission)


def test_the_first_twenty_are_drawn(exercise, nobody_drawn):
    grades = [released(exercise) for _ in range(22)]

    drawn = [bool(draw(grade)) for grade in grades]

    assert drawn == [True] * 20 + [False] * 2


def test_later_ones_are_drawn_by_chance_and_not_every_twentieth(switch):
    for _ in range(20):
        ReleaseAuditFactory(switch=switch)
    grade = released(switch.exercise)

    drawn = []
    for number in range(2000):
        grade.submission_id = number
        drawn.append(release_control._is_in_share(grade, switch))

    places = [number for number, each in enumerate(drawn) if each]
    assert 60 <= len(places) <= 140
    assert len({later - earlier for earlier, later in pairwise(places)}) > 10


def test_the_draw_hangs_on_a_secret(switch, settings):
    grade = released(switch.exercise)

    def drawn():
        for number in range(400):
            grade.submission_id = number
            yield release_control._is_in_share(grade, switch)

    before = list(drawn())
    settings.SECRET_KEY = "another " * 8

    assert list(drawn()) != before


def test_drawing_twice_draws_once(exercise):
    grade = released(exercise)

    assert draw(grade) == draw(grade)

    assert ReleaseAudit.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"submission__counted": False},
        {"item": {"certain": False}},
        {"source": "human"},
    ],
    ids=["practice", "doubtful", "by a person"],
)
def test_what_the_machine_did_not_release_for_points_is_not_drawn(exercise, more):
    assert draw(released(exercise, **more)) == []


def test_a_kind_that_is_never_in_doubt_is_not_drawn():
    grade = GradeFactory()

    assert grade.items[0]["certain"]
    assert draw(grade) == []


def test_a_certain_part_of_a_doubtful_answer_is_drawn(fake_kind):
    exercise = ExerciseFactory(content=fake_content(parts=2))
    items = [grade_item(part="w1"), grade_item(part="w2", certain=False)]
    grade = GradeFactory(
        submission__work_item__exercise=exercise, items=items, possible=2, released=False
    )

    assert [audit.part for audit in draw(grade)] == ["w1"]


def test_a_changed_rubric_starts_anew(exercise, nobody_drawn):
    switch = ReleaseSwitchFactory(exercise=exercise, is_on=False)
    for _ in range(20):
        ReleaseAuditFactory(switch=switch)
    changed = fake_content()
    changed["parts"][0]["spec"] = {"right": "sight"}
    version = VersionFactory(exercise=exercise, content=changed)

    drawn = draw(released(exercise, version=version))

    assert drawn[0].switch != switch
    assert drawn[0].switch.is_on


def test_another_title_or_sample_changes_nothing(exercise):
    draw(released(exercise))
    changed = fake_content()
    changed["parts"][0] |= {"title": "Better", "points": "3.00"}

    draw(released(exercise, version=VersionFactory(exercise=exercise, content=changed)))

    assert ReleaseSwitch.objects.count() == 1


def test_grading_draws_in_its_own_transaction(hand_in):
    grade = _grade(hand_in("right"))

    assert ReleaseAudit.objects.get().grade == grade


def test_a_draw_leaves_nothing_in_the_students_trace(hand_in, spans):
    _grade(hand_in("right"))

    telling = [s for s in spans() if "exercises_releaseaudit" in str(dict(s.attributes))]
    hers = next(s for s in spans() if s.name == "grade submission").context.trace_id
    assert telling
    assert hers not in {span.context.trace_id for span in telling}


@pytest.mark.parametrize(
    ("agrees", "cause"),
    [
        ([True] * 20, None),
        ([False, False], None),
        ([False, True, False, False], "disagreements"),
        ([*[True] * 8, False, False, *[True] * 18, False], None),
        ([*[True] * 8, False, False, *[True] * 17, False], "disagreements"),
    ],
)
def test_three_disagreements_of_the_last_twenty_switch_release_off(switch, agrees, cause):
    change = looked(switch, *agrees)

    assert (change.cause if change else None) == cause


def test_an_interval_under_the_target_switches_release_off(switch, settings):
    # 4 of 6 agree: at most 90.3 %; 40 of 42: at most 98.7 %.
    assert looked(switch, False, True, True, True, True, False) is None
    assert looked(switch, *[True] * 36) is None
    settings.RELEASE_AGREEMENT_TARGET = 99

    change = looked(switch, True)

    assert (change.cause, change.agreed, change.decided) == ("interval", 41, 43)


def test_two_of_five_are_under_the_target_already(switch):
    change = looked(switch, True, True, False, True, False)

    assert (change.cause, change.agreed, change.decided) == ("interval", 3, 5)


def test_what_is_switched_off_is_noted_and_told(switch, lines):
    looked(switch, False, False, False)

    switch.refresh_from_db()
    event = AuditEvent.objects.get(action="release.switched_off")
    assert not switch.is_on
    assert (event.actor, event.after["decided"]) == (None, 3)
    told = next(line for line in lines() if line["event"] == "release.switched")
    assert (told["state"], told["part"]) == ("off", "w1")


def test_later_verdicts_of_a_part_switched_off_are_provisional(work, hand_in):
    before = _grade(hand_in("right", item=_another(work)))
    looked(ReleaseSwitch.objects.get(), False, False, False)

    after = _grade(hand_in("right"))

    assert (after.released, after.items[0]["certain"]) == (False, False)
    assert after.items[0]["flags"] == ["release_off"]
    assert Grade.objects.get(pk=before.pk).released
    assert not ReleaseAudit.objects.filter(grade=after).exists()


def test_a_doubtful_verdict_keeps_its_own_reason(work, hand_in):
    ReleaseSwitchFactory(exercise=work.exercise, is_on=False)

    assert _grade(hand_in("half")).items[0]["flags"] == []


def test_an_instructor_switches_on_again_and_the_evidence_begins_anew(switch, nobody_drawn):
    part = switch.exercise.current_version.specification.parts[0]
    looked(switch, False, False, False)
    person = UserFactory()

    change = set_release(
        exercise=switch.exercise, part=part, is_on=True, reason="The rubric was right.", by=person
    )

    switch.refresh_from_db()
    assert switch.is_on
    assert (change.changed_by, change.reason) == (person, "The rubric was right.")
    assert looked(switch, False) is None
    for _ in range(19):
        draw(released(switch.exercise))
    assert draw(released(switch.exercise)) == []


def test_switching_to_where_it_stands_changes_nothing(switch):
    part = switch.exercise.current_version.specification.parts[0]

    change = set_release(
        exercise=switch.exercise, part=part, is_on=True, reason="x", by=UserFactory()
    )

    assert change is None
    assert not ReleaseChange.objects.exists()


def test_a_look_decided_while_it_is_off_turns_nothing(switch):
    looked(switch, False, False, False)

    assert looked(switch, False) is None


def test_a_stored_change_never_changes(switch):
    change = looked(switch, False, False, False)

    with pytest.raises(ReleaseChangeIsFinal):
        change.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseChange.objects.update(decided=9)


def test_a_machine_cannot_switch_on(switch):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleaseChange.objects.create(
            switch=switch, is_on=True, cause="interval", agreed=0, decided=0,
            changed_at=timezone.now(),
        )  # fmt: skip


def _another(work):
    return open_work(
        enrolment=EnrolmentFactory(course=work.exercise.course), exercise=work.exercise
    )
