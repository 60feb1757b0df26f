"""An exposition's samples, labelled as Prometheus labels them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from lms.observatory.samples import NAME, Metadata, labels_of
from lms.observatory.scraping.fetching import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lms.observatory.samples import Labels
    from lms.observatory.scraping.fetching import Page
    from lms.observatory.scraping.target import Target

MOST_SAMPLES: Final = 50_000
"""Of one scrape."""
# What the parsers raise, by fuzzing, and what bytes that are no UTF-8 do.
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError)
_SHOWN_NAME: Final = re.compile(r"^[A-Za-z_:][\w:]*", re.MULTILINE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Parsed:
    samples: Mapping[Labels, float]
    metadata: tuple[Metadata, ...]


def parse(page: Page, target: Target) -> Parsed:
    """Give the samples under the target's own job and instance; the exposition's are exported_job
    and exported_instance then. Its times are not heeded: a scrape has one. Raises FetchFailed.

    Of several samples of one series the first counts, as in Prometheus.
    """
    try:
        text = page.body.decode()
        families = list(_families(text, page.content_type))
    except _UNREADABLE as error:
        raise FetchFailed("unreadable") from error
    own = {"job": target.job, "instance": target.instance}
    samples: dict[Labels, float] = {}
    for family in families:
        for sample in family.samples:
            if sample.value is None:
                continue  # a native histogram, which no part of ours knows
            labels = _labels(sample.name, sample.labels, own)
            samples.setdefault(labels, float(sample.value))
            if len(samples) > MOST_SAMPLES:
                raise FetchFailed("too_many_samples")
    return Parsed(samples, tuple(_metadata(family) for family in families))


def _families(text: str, content_type: str) -> Iterator[Any]:
    if content_type.partition(";")[0].strip().lower() == "application/openmetrics-text":
        yield from openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    else:
        yield from _as_shown(text)


def _as_shown(text: str) -> Iterator[Any]:
    """Give the families under the names that are shown: the parser puts _total behind a counter's
    name even where the target does not, which Prometheus does not do."""
    shown = set(_SHOWN_NAME.findall(text))
    for family in text_string_to_metric_families(text):
        family.samples = [
            sample if sample.name in shown
            else sample._replace(name=sample.name.removesuffix("_total"))
            for sample in family.samples
        ]  # fmt: skip
        yield family


def _labels(name: str, shown: Mapping[str, str], own: Mapping[str, str]) -> Labels:
    labels = {label: value for label, value in shown.items() if value}
    for label in own:
        if label in labels:
            value, moved = labels.pop(label), f"exported_{label}"
            while moved in labels:
                moved = f"exported_{moved}"
            labels[moved] = value
    return labels_of({**labels, **own, NAME: name})


def _metadata(family: Any) -> Metadata:
    kind = "unknown" if family.type == "untyped" else family.type
    return Metadata(family.name, kind, family.documentation, family.unit)
