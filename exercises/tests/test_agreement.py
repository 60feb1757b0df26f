"""What a sample of looks can say."""

import pytest

from exercises.agreement import Agreement


@pytest.mark.parametrize(
    ("agreed", "decided", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3: published values.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(agreed, decided, low, high):
    agreement = Agreement(agreed=agreed, decided=decided)

    assert (agreement.low, agreement.high) == pytest.approx((low, high), abs=0.00005)


def test_all_agreeing_ends_at_one():
    assert Agreement(agreed=20, decided=20).high == 1.0


@pytest.mark.parametrize(("decided", "is_enough"), [(4, False), (5, True)])
def test_fewer_than_five_looks_say_nothing(decided, is_enough):
    assert Agreement(agreed=4, decided=decided).is_enough is is_enough
