"""The smallest rubric, to which a test adds what it cares about."""

from typing import Any

from exercises.kinds.text.kind import TextKind
from exercises.kinds.text.rubric import TextSpec

KIND = TextKind()


def criterion(id_="disk", full=None, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "asks": "Does it name a cost?",
        "title": "Names the disk",
        "points": 1,
        "full": full or [[["disk*"]]],
        **more,
    }


def spec_of(*criteria: dict[str, Any], **more: Any) -> TextSpec:
    return TextSpec.model_validate(
        {
            "format": "rubric/1",
            "model_answer": "It fills the disk.",
            "criteria": list(criteria) or [criterion()],
            **more,
        }
    )


def grade(spec: TextSpec, text: str):
    return KIND.grade(spec, {"text": text})


def levels(spec: TextSpec, text: str) -> dict[str, float]:
    return {each.id: each.score for each in grade(spec, text).criteria}
