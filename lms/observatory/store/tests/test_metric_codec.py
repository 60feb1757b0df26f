"""Numbers come back bit for bit."""

import math
from array import array
from itertools import accumulate
from struct import unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.observatory.samples import STALE, is_stale
from lms.observatory.store.sqlite_metrics import chunk, codec

ANY_FLOAT = st.one_of(
    st.floats(),
    st.integers(-(2**60), 2**60).map(float),
    st.integers(0, 2**64 - 1).map(lambda bits: unpack("<d", bits.to_bytes(8, "little"))[0]),
    st.just(STALE),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ANY_FLOAT, min_size=1, max_size=50))
def test_any_floats_come_back(numbers):
    values = array("d", numbers)

    back = codec.decode(codec.encode(values), len(values))

    assert back.tobytes() == values.tobytes()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(-(2**60), 2**60), min_size=1, max_size=50))
def test_any_whole_numbers_come_back(numbers):
    assert list(codec.decode_whole(codec.encode_whole(numbers))) == numbers


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), ANY_FLOAT), min_size=1, max_size=50).filter(any))
def test_a_chunk_keeps_gaps_and_ends(column):
    runs, values = [], array("d")
    for at, value in enumerate(column):
        if value is None:
            continue
        if runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((at, 1))
        values.append(value)

    data = chunk.encode(runs, values, block_size=len(column))

    back_runs, back = chunk.decode(data, len(values))
    assert back_runs == runs
    assert back.tobytes() == values.tobytes()


@pytest.mark.parametrize(
    ("values", "most_bytes"),
    [
        ([7.0] * 240, 9),
        (list(accumulate([5.0] * 240)), 30),
        (list(accumulate([0.0, 0, 0, 1, 0, 2] * 40)), 60),
        ([math.nan] * 240, 9),
    ],
    ids=["constant", "steady counter", "slow counter", "never a number"],
)
def test_what_metrics_are_made_of_is_small(values, most_bytes):
    assert len(codec.encode(array("d", values))) <= most_bytes


def test_an_end_costs_no_float():
    values = array("d", [float(at) for at in range(240)])
    whole = chunk.encode([(0, 240)], values, block_size=240)
    values[239] = STALE

    ended = chunk.encode([(0, 240)], values, block_size=240)

    assert is_stale(chunk.decode(ended, 240)[1][239])
    assert len(ended) < len(whole) + 20
