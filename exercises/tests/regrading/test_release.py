"""What a regrade may release, and who looks at it blind."""

from exercises.models import RegradeRow, ReleaseAudit
from exercises.release_control import OFF, set_release
from exercises.tests.factories import UserFactory
from exercises.tests.regrading.steps import applied, head_of, new_version, previewed, row_of, undone


def switch_off(version):
    part = version.specification.part("w1")
    set_release(
        exercise=version.exercise, part=part, is_on=False, reason="too lenient", by=UserFactory()
    )


def test_a_part_whose_release_is_off_stays_provisional_in_a_regrade(work, graded):
    (submission,) = graded("wrong")
    version = new_version(work.exercise)
    switch_off(version)

    batch = applied(previewed(work.exercise, version=version))

    head = head_of(submission)
    assert not head.released
    assert head.items[0]["flags"] == [OFF]
    assert head.items == row_of(batch, submission).items
    work.refresh_from_db()
    assert work.best_points is None


def test_a_regrade_with_release_on_releases(work, graded):
    (submission,) = graded("wrong")

    applied(previewed(work.exercise, version=new_version(work.exercise)))

    assert head_of(submission).released


def test_a_regraded_answer_is_drawn_for_a_blind_check(work, graded):
    (submission,) = graded("wrong")
    ReleaseAudit.objects.all().delete()

    batch = previewed(work.exercise, version=new_version(work.exercise))
    assert not ReleaseAudit.objects.exists()
    applied(batch)

    assert ReleaseAudit.objects.get().grade == head_of(submission)


def test_a_row_that_changes_nothing_draws_nothing(work, graded):
    (submission,) = graded("half")
    ReleaseAudit.objects.all().delete()

    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))

    assert row_of(batch, submission).outcome == RegradeRow.Outcome.SAME
    assert not ReleaseAudit.objects.exists()


def test_taking_a_regrade_back_leaves_its_checks_with_the_grade_that_is_past(work, graded):
    (submission,) = graded("wrong")
    ReleaseAudit.objects.all().delete()
    batch = applied(previewed(work.exercise, version=new_version(work.exercise)))
    checked = ReleaseAudit.objects.get().grade

    undone(batch)

    assert head_of(submission) != checked
    assert ReleaseAudit.objects.get().grade == checked
