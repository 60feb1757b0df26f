"""Reviewers against each other and against the machine, on SQLite and on PostgreSQL."""

import pytest
from django.db import transaction
from django.test import Client

from exercises import claiming, grading, proposal_deciding, release_auditing, reviewing
from exercises.authoring import sampling
from exercises.decoy_drawing import draw_decoys
from exercises.models import (
    Enrolment,
    Grade,
    GradeProposal,
    GradingJob,
    ReleaseAudit,
    ReviewClaim,
)
from exercises.queries.waiting import Waiting
from exercises.tests.factories import EnrolmentFactory, GradingJobFactory, UserFactory
from exercises.tests.review_pages.rows import (
    audited,
    levels,
    text_exercise,
    url_of,
    waits,
)
from exercises.tests.test_races import _together
from exercises.verifying import differences

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

# What the factories leave out by design: a real hash of the answers, the first job, the summary.
UNMADE = {"answers_hash", "first job"}
AT_ONCE = 8


@pytest.fixture
def exercise():
    return text_exercise()


@pytest.fixture(autouse=True)
def _verified(db):
    yield
    assert {each.check for each in differences()} - UNMADE == set()


def _clients(exercise, count=AT_ONCE):
    clients = [Client() for _ in range(count)]
    for client in clients:
        person = EnrolmentFactory(course=exercise.course, role=Enrolment.Role.ASSISTANT)
        client.force_login(person.user)
    return clients


def _assert_linear(submission):
    grades = list(Grade.objects.filter(submission=submission))
    assert len({grade.supersedes_id for grade in grades}) == len(grades)
    return grades


def _settled(submission):
    """Bring the work item's summary up to its rows, as the site would have."""
    with transaction.atomic():
        reviewing.summaries.recompute(reviewing.locked_item(submission))


def test_of_eight_reviewers_one_grades_and_seven_are_kept(exercise):
    submission = waits(exercise)
    machine = Grade.objects.get()
    clients = _clients(exercise)

    def post(i):
        data = levels(leak=("0.0", "0.5")[i % 2]) | {"head": machine.pk, "feedback": f"word {i}"}
        return clients[i].post(url_of(submission), data).status_code

    assert _together(post, AT_ONCE) == [302] * AT_ONCE
    assert [grade.source for grade in _assert_linear(submission)] == ["auto", "human"]
    proposals = GradeProposal.objects.all()
    assert sorted(proposal.run for proposal in proposals) == list(range(1, AT_ONCE))
    words = {proposal.feedback for proposal in proposals} | {Grade.objects.heads().get().feedback}
    assert words == {f"word {i}" for i in range(AT_ONCE)}


@pytest.mark.parametrize("_round", range(5))
def test_a_machine_that_comes_with_a_reviewer_never_outranks_her(exercise, _round):
    submission = waits(exercise)
    seen = Grade.objects.get()
    job = GradingJobFactory(submission=submission, run=2, reason=GradingJob.Reason.REGRADE)
    (client,) = _clients(exercise, 1)

    def act(i):
        if i:
            return grading.grade_job(job.pk)
        data = levels(leak="0.5") | {"head": seen.pk}
        status = client.post(url_of(submission), data).status_code
        if status == 409:  # the machine was first: she looks again and saves over it
            head = reviewing.head_of(submission)
            client.post(url_of(submission), data | {"head": head.pk, "why:again": "on"})
        return status

    status, outcome = _together(act, 2)

    grades = _assert_linear(submission)
    head = Grade.objects.heads().get(submission=submission)
    assert head.source == "human"
    assert (status, outcome, len(grades), GradeProposal.objects.count()) in {
        (302, "outranked", 2, 1),
        (409, "graded", 3, 0),
    }


def test_a_group_decided_twice_at_once_grades_each_once(exercise):
    submissions = [waits(exercise) for _ in range(6)]
    heads = {grade.submission_id: grade.pk for grade in Grade.objects.all()}
    tokens = [f"{each.receipt}:{heads[each.pk]}" for each in submissions]
    clients = _clients(exercise, 2)

    def post(i):
        shown = submissions[i]
        data = levels() | {"head": heads[shown.pk], "group": "why", "why:alike": tokens}
        return clients[i].post(url_of(shown), data).status_code

    assert _together(post, 2) == [302, 302]
    for each in submissions:
        assert [grade.source for grade in _assert_linear(each)] == ["auto", "human"]


def test_a_proposal_is_taken_once(exercise):
    submission = waits(exercise)
    clients = _clients(exercise, 2)
    machine = Grade.objects.get()
    for client in clients:
        client.post(url_of(submission), levels(leak="0.5") | {"head": machine.pk})
    proposal, head = GradeProposal.objects.get(), Grade.objects.heads().get()
    instructors = [UserFactory() for _ in range(4)]

    def take(i):
        try:
            proposal_deciding.take(proposal=proposal, by=instructors[i], head_id=head.pk)
        except (proposal_deciding.AlreadyDecided, reviewing.ChainMoved):
            return "late"
        return "taken"

    assert sorted(_together(take, 4)) == ["late", "late", "late", "taken"]
    assert len(_assert_linear(submission)) == 3


def test_a_check_is_decided_once(exercise):
    submission, audit = audited(exercise)
    _settled(submission)
    reviewers = [UserFactory() for _ in range(4)]

    def decide(i):
        try:
            release_auditing.decide(
                audit=audit, reviewer=reviewers[i], levels={"disk": 1, "leak": i % 2}
            )
        except release_auditing.AlreadyDecided:
            return "late"
        return i

    won = [each for each in _together(decide, 4) if each != "late"]
    audit = ReleaseAudit.objects.get()
    assert len(won) == 1
    assert audit.decided_by == reviewers[won[0]]
    assert audit.levels == {"disk": 1.0, "leak": float(won[0] % 2)}


def test_eight_who_open_the_queue_draw_one_decoy_for_each_look(exercise):
    made = [audited(exercise)[0] for _ in range(2)] + [waits(exercise) for _ in range(6)]
    for each in made:
        _settled(each)

    _together(lambda _i: draw_decoys(Waiting(exercise.course)), AT_ONCE)

    decoys = ReleaseAudit.objects.filter(is_decoy=True)
    assert len({decoy.decoy_for_id for decoy in decoys}) == len(decoys) == 2


def test_of_two_blind_decisions_one_grades_and_one_is_kept(exercise):
    checked, _audit = audited(exercise)
    doubtful = waits(exercise)
    for each in (checked, doubtful):
        _settled(each)
    draw_decoys(Waiting(exercise.course))
    look = ReleaseAudit.objects.get(is_decoy=True)
    clients = _clients(exercise, 2)

    def post(i):
        data = levels(leak=("0.0", "1.0")[i]) | {"audits": look.token}
        return clients[i].post(url_of(doubtful), data).status_code

    assert _together(post, 2) == [302, 302]
    assert [grade.source for grade in _assert_linear(doubtful)] == ["auto", "human"]
    look.refresh_from_db()
    assert GradeProposal.objects.get().against.grader == look.decided_by


def test_samples_of_reviewers_at_once_are_all_kept(exercise):
    people = [UserFactory() for _ in range(4)]

    def add(i):
        return sampling.add_sample(
            exercise=exercise, part="why", answer={"text": f"disk {i}"},
            levels={"disk": 1, "leak": 0}, author=people[i],
        ).number  # fmt: skip

    assert sorted(_together(add, 4)) == [1, 2, 3, 4]
    draft = exercise.versions.get(published_at=None)
    assert len(draft.content["parts"][0]["samples"]) == 4


def test_one_person_in_many_tabs_claims_once(exercise):
    submission, ada = waits(exercise), UserFactory()
    _settled(submission)

    _together(lambda _i: claiming.claim(submission, reviewer=ada), AT_ONCE)

    assert ReviewClaim.objects.count() == 1
