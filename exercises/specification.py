"""What an exercise version says: statement, parts and discussion, checked and ready to use."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from exercises.contract import Kind, Spec
from exercises.registry import UnknownKind, kind_for

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Path = tuple[str | int, ...]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Sample(_Model):
    """An answer and what the kind must say of it before the exercise may be published.

    answer: as the kind's form cleans it; a plain string stands for {"text": ...}.
    levels: score by criterion id. certain: None when the author does not care.
    """

    answer: dict[str, Any] | str
    levels: dict[str, float]
    certain: bool | None = None
    note: str = ""

    @property
    def as_answer(self) -> dict[str, Any]:
        return {"text": self.answer} if isinstance(self.answer, str) else self.answer


class PartContent(_Model):
    """One question as it is written, its kind's specification still unread."""

    slug: Slug
    kind: Slug
    title: Line
    prompt: Text
    hint: Annotated[str, StringConstraints(max_length=500)] = ""
    points: Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]
    spec: dict[str, Any]
    samples: tuple[Sample, ...] = ()


class ExerciseContent(_Model):
    """The JSON of ExerciseVersion.content."""

    title: Line
    summary: Annotated[str, StringConstraints(max_length=500)] = ""
    statement: Text
    parts: Annotated[tuple[PartContent, ...], Field(min_length=1, max_length=30)]
    discussion: Text = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One question with its kind and parsed specification.

    content_hash: sha256, hex, of what decides its verdicts: kind, prompt, hint and the kind's own
    specification as written. Title, points and samples are left out.
    """

    slug: str
    title: str
    prompt: str
    hint: str
    points: Decimal
    kind: Kind[Any]
    spec: Spec
    samples: tuple[Sample, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class Specification:
    """One exercise version, ready to be drawn and graded."""

    title: str
    summary: str
    statement: str
    parts: tuple[Part, ...]
    discussion: str

    @property
    def possible(self) -> Decimal:
        """Points that full marks in every part earn."""
        return sum((part.points for part in self.parts), Decimal(0))

    def part(self, slug: str) -> Part:
        """Give one part. Raises KeyError."""
        for part in self.parts:
            if part.slug == slug:
                return part
        raise KeyError(slug)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a content. path: keys and indexes from the top of the content."""

    path: Path
    message: str


class SpecificationError(Exception):
    """A content that cannot be used. problems: everything wrong with it, in reading order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{_dotted(p.path)}: {p.message}" for p in problems))
        self.problems = problems


def read_specification(content: Mapping[str, Any]) -> Specification:
    """Check a content whole and give its specification. Raises SpecificationError."""
    try:
        exercise = ExerciseContent.model_validate(content)
    except ValidationError as error:
        raise SpecificationError(_problems(error, ())) from None
    problems: list[Problem] = []
    parts = [_read_part(part, ("parts", i), problems) for i, part in enumerate(exercise.parts)]
    problems += _repeated([part.slug for part in exercise.parts])
    if problems:
        raise SpecificationError(problems)
    return Specification(
        title=exercise.title,
        summary=exercise.summary,
        statement=exercise.statement,
        parts=tuple(part for part in parts if part),
        discussion=exercise.discussion,
    )


class _Stored:
    """A content that hashes as its digest, so that the parsed form can be kept per process."""

    __slots__ = ("content", "sha256")

    def __init__(self, sha256: str, content: Callable[[], Mapping[str, Any]]) -> None:
        self.sha256, self.content = sha256, content

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Stored) and other.sha256 == self.sha256


@lru_cache(maxsize=256)
def _kept(stored: _Stored) -> Specification:
    return read_specification(stored.content())


def kept_specification(sha256: str, content: Callable[[], Mapping[str, Any]]) -> Specification:
    """Give the specification of a stored version, parsed once per process and digest.

    content: asked for at the first time only, so that a query may leave it out.
    """
    return _kept(_Stored(sha256, content))


def _read_part(part: PartContent, path: Path, problems: list[Problem]) -> Part | None:
    try:
        kind = kind_for(part.kind)
    except UnknownKind as error:
        problems.append(Problem((*path, "kind"), str(error)))
        return None
    try:
        spec = kind.spec_model.model_validate(part.spec)
    except ValidationError as error:
        problems += _problems(error, (*path, "spec"))
        return None
    problems += [
        Problem((*path, "spec", *_keys(where)), message) for where, message in kind.problems(spec)
    ]
    return Part(
        slug=part.slug, title=part.title, prompt=part.prompt, hint=part.hint,
        points=part.points, kind=kind, spec=spec, samples=part.samples,
        content_hash=_hash_of(part),
    )  # fmt: skip


def _hash_of(part: PartContent) -> str:
    content = {"kind": part.kind, "prompt": part.prompt, "hint": part.hint, "spec": part.spec}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _repeated(slugs: list[str]) -> list[Problem]:
    return [
        Problem(("parts", i, "slug"), f"the part slug {slug!r} is used twice; give each its own")
        for i, slug in enumerate(slugs)
        if slug in slugs[:i]
    ]


def _problems(error: ValidationError, prefix: Path) -> list[Problem]:
    return [
        Problem((*prefix, *each["loc"]), each["msg"])
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _keys(path: str) -> Path:
    return tuple(int(key) if key.isdigit() else key for key in path.split(".") if key)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "(top)"
