"""The text kind, slow on command."""

import os
import time
from pathlib import Path

from exercises.kinds.text.kind import TextKind


class GatedTextKind(TextKind):
    """Grades as TextKind does, once the file GRADER_GATE is gone."""

    def grade(self, spec, answer, *, variant=None):
        gate = Path(os.environ["GRADER_GATE"])
        while gate.exists():
            time.sleep(0.02)
        return super().grade(spec, answer, variant=variant)
