"""Pseudonyms: readable, never twice, and found even when many are taken."""

import re

import pytest

from lms.accounts.pseudonyms import ANIMALS, PseudonymsTaken, new_pseudonym


class EveryName:
    def __contains__(self, name):
        return True


def test_a_pseudonym_is_an_animal_and_a_number():
    name = new_pseudonym(set())

    assert re.fullmatch(r"[A-Z][a-z]+ [1-9]\d", name)
    assert len(set(ANIMALS)) == len(ANIMALS)


def test_the_longest_pseudonym_fits_its_column():
    longest = max(map(len, ANIMALS)) + len(" ") + 11

    assert longest <= 40


def test_numbers_grow_longer_when_all_short_names_are_taken():
    taken = {f"{animal} {number}" for animal in ANIMALS for number in range(10, 100)}

    name = new_pseudonym(taken)

    assert name not in taken
    assert re.fullmatch(r"[A-Z][a-z]+ \d{3}", name)


def test_a_thousand_people_get_a_thousand_names():
    taken = set()

    for _person in range(1000):
        taken.add(new_pseudonym(taken))

    assert len(taken) == 1000


def test_drawing_ends_when_nothing_is_free():
    with pytest.raises(PseudonymsTaken):
        new_pseudonym(EveryName())
