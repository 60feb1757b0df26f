"""What waits for a person, where its pages are, and what is posted there."""

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from exercises.models import ReleaseAudit
from exercises.release_control import switch_of
from exercises.tests.factories import (
    ExerciseFactory,
    GradeFactory,
    SubmissionFactory,
    WorkItemFactory,
    content,
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


def text_part(slug="why"):
    """Give a part of free text with two criteria of one point each."""
    return {
        "slug": slug, "kind": "text", "title": f"Question {slug}", "prompt": "Why?",
        "points": "2.00", "samples": [],
        "spec": {
            "format": "rubric/1", "model_answer": "The disk fills and secrets leak.",
            "criteria": [
                {"id": "disk", "asks": "Cost?", "title": "Cost", "points": 1, "full": [[["disk"]]]},
                {"id": "leak", "asks": "Risk?", "title": "Risk", "points": 1, "full": [[["leak"]]]},
            ],
        },
    }  # fmt: skip


def text_item(slug="why", *, disk=1.0, leak=0.0, certain=False, quotes=()):
    points = {"disk": disk, "leak": leak}
    return {
        "part": slug, "points": f"{disk + leak:.2f}", "possible": "2.00",
        "score": (disk + leak) / 2, "certain": certain, "flags": ["unfamiliar"], "feedback": "",
        "criteria": [
            {
                "id": name, "score": score, "points": f"{score:.2f}", "possible": "1.00",
                "feedback": "", "misconception": "",
                "quotes": list(quotes) if name == "disk" else [],
            }
            for name, score in points.items()
        ],
    }  # fmt: skip


def text_exercise(*slugs, **policy):
    """Make an exercise of one attempt with free-text parts."""
    parts = [text_part(slug) for slug in slugs or ("why",)]
    return ExerciseFactory(**{"attempts": 1, "content": content(parts=parts)} | policy)


def answered(exercise, **answers):
    """Store a submission with a text for each part, its last attempt used, and no grade."""
    stored = {slug: {"text": text} for slug, text in answers.items()}
    return SubmissionFactory(work_item=WorkItemFactory(exercise=exercise), answers=stored)


def graded(submission, *items, **more):
    """Grade a submission with these entries of Grade.items."""
    values = {
        "items": list(items),
        "points": sum(Decimal(item["points"]) for item in items),
        "possible": sum(Decimal(item["possible"]) for item in items),
        "released": all(item["certain"] for item in items),
    }
    return GradeFactory(submission=submission, **values | more)


def waits(exercise, text="The disk is dear.", **more):
    """Store a doubtful answer to the part `why`; give the submission."""
    submission = answered(exercise, why=text)
    graded(submission, text_item(quotes=["disk"]), **more)
    return submission


def audited(exercise, text="The disk fills and they leak."):
    """Store a released answer of full marks that waits for a blind check; give both."""
    submission = answered(exercise, why=text)
    grade = graded(submission, text_item(leak=1.0, certain=True, quotes=["disk"]))
    audit = ReleaseAudit.objects.create(
        switch=switch_for(grade, "why"), grade=grade, part="why", drawn_at=timezone.now()
    )
    return submission, audit


def levels(disk="1.0", leak="0.0", part="why"):
    """Give what the form posts for a text part's levels."""
    return {f"{part}-disk": disk, f"{part}-leak": leak}


def url_named(name, submission, *args):
    course = submission.work_item.exercise.course.slug
    return reverse(f"exercises:{name}", args=[course, submission.receipt, *args])


def switch_for(grade, part):
    """Give the switch of a graded part, as drawing a check would."""
    return switch_of(
        exercise_id=grade.submission.work_item.exercise_id,
        part=grade.version.specification.part(part),
    )
