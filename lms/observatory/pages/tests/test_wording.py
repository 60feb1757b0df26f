"""Numbers in words."""

from zoneinfo import ZoneInfo

import pytest

from lms.observatory.pages.wording import (
    clock,
    estimate_words,
    rate_words,
    ratio_words,
    share_words,
    size_words,
)
from lms.observatory.red.tally import Estimate

NOON_MS = 1_764_072_000_000


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("rate", "words"),
    [(None, "\N{EN DASH}"), (0.0, "0/h"), (4.12, "4.1/s"), (1, "1/s"), (0.2, "12/min"),
     (0.001, "3.6/h"), (0.00001, "0.036/h"), (1234, "1 234/s")],
)  # fmt: skip
def test_rates(rate, words):
    assert plain(rate_words(rate)) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(None, "\N{EN DASH}"), (0.0, "0 %"), (0.00031, "0.031 %"), (0.0041, "0.41 %"), (0.05, "5 %"),
     (0.1234, "12.3 %"), (1.0, "100 %"), (-5.645, "\N{MINUS SIGN}564.5 %")],
)  # fmt: skip
def test_ratios(ratio, words):
    assert plain(ratio_words(ratio)) == words


@pytest.mark.parametrize(
    ("share", "words"), [(1.0, "100 %"), (0.99999, "99.99 %"), (0.994, "99.4 %"), (0.0, "0 %")]
)
def test_less_than_all_is_never_all(share, words):
    assert plain(share_words(share)) == words


def test_a_quantile_above_the_last_bound_says_so():
    assert plain(estimate_words(Estimate(10.0, is_above=True))) == "over 10.0 s"
    assert plain(estimate_words(Estimate(0.0425))) == "42.5 ms"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (812, "812 B"), (3_400_000, "3.4 MB"), (5e12, "5 000 GB")]
)
def test_sizes(size, words):
    assert plain(size_words(size)) == words


def test_a_time_of_another_day_names_it():
    riga = ZoneInfo("Europe/Riga")

    assert clock(NOON_MS, riga, NOON_MS) == "14:00"
    assert clock(NOON_MS - 15 * 3_600_000, riga, NOON_MS) == "24 Nov, 23:00"
