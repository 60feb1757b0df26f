"""The keys of the authors' files, beside the content that specification.py knows."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from exercises.specification import Line, Slug, Text

# YAML reads `due:` with nothing behind it as null: the same as leaving the key out.
_Wall = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_Points = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]
_Fraction = Annotated[Decimal, Field(ge=0, le=1, max_digits=5, decimal_places=4)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class CourseHead(_File):
    """course.yaml."""

    format: Literal["course/1"]
    slug: Slug
    title: Line
    zone: str = "UTC"
    language: Annotated[str, Field(min_length=2, max_length=16)] = "en"
    provisional_counts: bool = False


class ModuleHead(_File):
    """<module>/module.yaml. exercises: slugs in their order, each a file beside this one."""

    format: Literal["module/1"]
    title: Line
    position: Annotated[int, Field(ge=1, le=10_000)]
    intro: Text = ""
    summary: Text = ""
    exercises: tuple[Slug, ...] = ()


class LateStep(_File):
    """Handed in up to `until`, an answer keeps `fraction` of its points."""

    until: str
    fraction: _Fraction


class ExerciseHead(_File):
    """The keys of <module>/<exercise>.yaml that are policy, not content. Times are local."""

    format: Literal["exercise/1"]
    slug: Slug
    points: _Points
    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    opens: _Wall = ""
    due: _Wall = ""
    late: tuple[LateStep, ...] = ()
    reveal: Literal["earned", "close"] = "earned"
    release: Literal["at_once", "close"] = "at_once"
