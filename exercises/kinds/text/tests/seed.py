"""The free-text parts of the seed course, and answers written for development."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from exercises.kinds.text.kind import TextKind
from exercises.kinds.text.rubric import TextSpec

HERE = Path(__file__).parent
COURSE = HERE.parents[2] / "content" / "backend-operations"
PARTS = ("why_info", "rate", "errors", "duration", "cause")
KIND = TextKind()


@cache
def seed_part(slug: str) -> dict[str, Any]:
    for path in sorted(COURSE.glob("*/*.yaml")):
        content = YAML(typ="safe").load(path)
        for part in content.get("parts", ()):
            if part["slug"] == slug and part["kind"] == "text":
                return part
    raise LookupError(slug)


@cache
def seed_spec(slug: str) -> TextSpec:
    return TextSpec.model_validate(seed_part(slug)["spec"])


@cache
def training_answers(name: str) -> dict[str, list[dict[str, Any]]]:
    """Give answers by writers who had not seen the rubrics, which were tuned on them later."""
    return YAML(typ="safe").load(HERE / "answers" / "dev2" / f"{name}.yaml")


@cache
def written_answers(slug: str, half: str) -> list[dict[str, Any]]:
    return YAML(typ="safe").load(HERE / "answers" / half / f"{slug}.yaml")
