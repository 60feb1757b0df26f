"""Sixteen at one bucket, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from lms.accounts import throttle

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT_ONCE = 16


def _together(act):
    barrier = Barrier(AT_ONCE)

    def run(number):
        try:
            barrier.wait(timeout=30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_a_bucket_gives_no_more_than_it_holds():
    waits = _together(lambda _number: throttle.take("bucket", per_s=0.001, burst=3))

    assert waits.count(0.0) == 3


def test_takings_refills_and_purges_at_once_break_nothing():
    def act(number):
        if number % 4 == 0:
            return throttle.purge()
        if number % 4 == 1:
            return throttle.refill("bucket")
        return throttle.take("bucket", per_s=0.01, burst=2)

    for _round in range(5):
        _together(act)
