"""What an author writes for a choice."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exercises.contract import Spec
from exercises.misconceptions import MisconceptionCode

OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Sentence = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]


class Option(Spec):
    """One thing to choose.

    severity: draws the log level's glyph and colour beside the label. feedback: said to who chose
    it. misconception: the code that choosing a wrong option shows.
    """

    id: OptionId
    label: Line
    detail: Sentence = ""
    severity: Literal["debug", "info", "warning", "error"] | None = None
    right: bool = False
    feedback: Sentence = ""
    misconception: MisconceptionCode = ""


class ChoiceSpec(Spec):
    """Options of which one, or with `multiple` several, are right.

    credit: what `multiple` earns. "all": everything for exactly the right options, else nothing.
    "share": right ones chosen less wrong ones chosen, over the number of right ones, never below 0.
    """

    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=20)]
    multiple: bool = False
    credit: Literal["all", "share"] = "all"
    model_answer: Annotated[str, StringConstraints(max_length=20_000)] = ""

    @property
    def right_ids(self) -> frozenset[str]:
        return frozenset(option.id for option in self.options if option.right)


def spec_problems(spec: ChoiceSpec) -> Iterator[tuple[str, str]]:
    """Give (path, sentence) for what the schema cannot say."""
    ids = [option.id for option in spec.options]
    for i, option in enumerate(spec.options):
        if option.id in ids[:i]:
            yield f"options.{i}.id", f"the option id {option.id!r} is used twice; give each its own"
        if option.right and option.misconception:
            yield f"options.{i}.misconception", "a right option shows no misconception; remove it"
    right = len(spec.right_ids)
    if not right:
        yield "options", "no option is right; write `right: true` on one"
    if not spec.multiple and right > 1:
        yield "options", f"{right} options are right; keep one, or write `multiple: true`"
    if spec.multiple and right == len(spec.options):
        yield "options", "every option is right; add one that is wrong"
    if not spec.multiple and spec.credit == "share":
        yield "credit", "`share` needs `multiple: true`; one option is right or wrong"
