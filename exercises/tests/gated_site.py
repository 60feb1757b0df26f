"""Settings of a site whose text grader waits while the file GRADER_GATE exists."""

from lms.settings import *  # noqa: F403
from lms.settings import QUESTION_KINDS as _KINDS

QUESTION_KINDS = [
    "exercises.tests.gated_kind.GatedTextKind" if kind.endswith(".TextKind") else kind
    for kind in _KINDS
]
