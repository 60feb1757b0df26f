"""Steps that the tests of regrading share: a newer version, a batch, its work to the end."""

from decimal import Decimal

from exercises import regrading, reviewing
from exercises.batches import running
from exercises.models import Grade, RegradeBatch, RegradeRow
from exercises.regrading import Orders
from exercises.tests.factories import UserFactory, VersionFactory
from exercises.tests.fake_kind import fake_content

What, Standing = RegradeBatch.What, RegradeBatch.Standing


def new_version(exercise, *, right="wrong", parts=1):
    """Publish a version in which another word is right."""
    content = fake_content(parts=parts)
    for part in content["parts"]:
        part["spec"] = {"right": right}
    exercise.current_version = VersionFactory(exercise=exercise, content=content)
    exercise.save(update_fields=["current_version"])
    return exercise.current_version


def begin(exercise, *, what=What.GRADERS, reason="rule was wrong", actor=None, **more):
    """Order a batch that may lower; gives it with its preview still to come."""
    orders = Orders(what=what, reason=reason, **{"never_lower": False, **more})
    return regrading.start(exercise=exercise, orders=orders, actor=actor or UserFactory())


def work_off(batch):
    """Do what the workers do until the batch rests; gives it fresh from the database."""
    for _ in range(1000):
        batch.refresh_from_db()
        if not batch.is_working:
            return batch
        RegradeBatch.objects.filter(pk=batch.pk).update(available_at=batch.created_at)
        running.run_slice(batch.pk)
    raise AssertionError(f"the batch is still {batch.state}")


def previewed(exercise, **orders):
    return work_off(begin(exercise, **orders))


def applied(batch):
    regrading.apply(batch=batch, actor=UserFactory())
    return work_off(batch)


def undone(batch):
    regrading.undo(batch=batch, actor=UserFactory())
    return work_off(batch)


def by_person(submission, score="1", *, scores=None):
    """Let a person grade a submission of a fake word, or by given scores; gives her grade."""
    head = Grade.objects.heads().filter(submission=submission).first()
    return reviewing.review(
        submission=submission, reviewer=UserFactory(),
        scores=scores or {"w1": {"word": Decimal(score)}},
        feedback="seen", head_id=head.pk if head else None,
    )  # fmt: skip


def row_of(batch, submission):
    return RegradeRow.objects.get(batch=batch, submission=submission)


def head_of(submission):
    return Grade.objects.heads().get(submission=submission)
