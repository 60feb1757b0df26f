"""The rows of a course: what is asked, what was handed in, what it earned."""

from exercises.models.course import Course, Enrolment, InvitationCode, Module
from exercises.models.exercise import Exercise, ExerciseVersion
from exercises.models.grade import AuditEvent, Grade, ReviewRequest
from exercises.models.policy import Policy, PolicyOverride
from exercises.models.proposal import GradeProposal
from exercises.models.regrade import RegradeBatch, RegradeRow
from exercises.models.release import ReleaseAudit, ReleaseChange, ReleaseSwitch
from exercises.models.review import FeedbackSnippet, ReviewClaim, ReviewPreference
from exercises.models.submission import GradingJob, HeldPost, Submission
from exercises.models.work import Draft, SelfMark, WorkItem

__all__ = [
    "AuditEvent",
    "Course",
    "Draft",
    "Enrolment",
    "Exercise",
    "ExerciseVersion",
    "FeedbackSnippet",
    "Grade",
    "GradeProposal",
    "GradingJob",
    "HeldPost",
    "InvitationCode",
    "Module",
    "Policy",
    "PolicyOverride",
    "RegradeBatch",
    "RegradeRow",
    "ReleaseAudit",
    "ReleaseChange",
    "ReleaseSwitch",
    "ReviewClaim",
    "ReviewPreference",
    "ReviewRequest",
    "SelfMark",
    "Submission",
    "WorkItem",
]
