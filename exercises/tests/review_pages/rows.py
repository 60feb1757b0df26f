"""What waits for a person, where its pages are, and what is posted there."""

from django.urls import reverse

from exercises.tests.factories import (
    GradeFactory,
    SubmissionFactory,
    WorkItemFactory,
    grade_item,
)


def doubtful(exercise, *, answers=None, score=0.0, **more):
    """Store a submission with its last attempt used and a provisional grade."""
    item = WorkItemFactory(exercise=exercise)
    submission = SubmissionFactory(work_item=item, **({"answers": answers} if answers else {}))
    points = f"{score:.2f}"
    items = [grade_item(score=score, points=points, certain=False, flags=["stuffing"], **more)]
    grade = GradeFactory(submission=submission, items=items, points=points, released=False)
    return submission, grade


def queue_url(exercise):
    return reverse("exercises:review_queue", args=[exercise.course.slug])


def url_of(submission):
    course = submission.work_item.exercise.course.slug
    return reverse("exercises:review", args=[course, submission.receipt])


def criterion_name(submission):
    part = submission.version.specification.parts[0]
    return f"{part.slug}-{part.kind.criteria(part.spec)[0].id}"


def decision(submission, head, *, level="1.0", **more):
    return {criterion_name(submission): level, "head": head.pk if head else "", **more}
