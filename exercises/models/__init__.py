"""The rows of a course: what is asked, what was handed in, what it earned."""

from exercises.models.course import Course, Enrolment, InvitationCode, Module
from exercises.models.exercise import Exercise, ExerciseVersion
from exercises.models.grade import AuditEvent, Grade, ReviewRequest
from exercises.models.policy import Policy, PolicyOverride
from exercises.models.submission import GradingJob, HeldPost, Submission
from exercises.models.work import Draft, SelfMark, WorkItem

__all__ = [
    "AuditEvent",
    "Course",
    "Draft",
    "Enrolment",
    "Exercise",
    "ExerciseVersion",
    "Grade",
    "GradingJob",
    "HeldPost",
    "InvitationCode",
    "Module",
    "Policy",
    "PolicyOverride",
    "ReviewRequest",
    "SelfMark",
    "Submission",
    "WorkItem",
]
