"""Names under which people are graded: an animal and a number, drawn by lot."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

# Short, easy to tell apart in a table, and nobody minds to be called one.
_WORDS: Final = """
Avocet Badger Beaver Bison Bittern Bunting Chamois Crane Curlew Dipper Dolphin Dormouse Dotterel
Dunlin Egret Eider Elk Ermine Falcon Fieldfare Finch Gannet Gecko Godwit Goldcrest Goshawk Grebe
Guillemot Hare Harrier Hedgehog Heron Hobby Hoopoe Ibex Ibis Jackdaw Kestrel Kingfisher Kite
Lapwing Linnet Lynx Magpie Marten Merlin Moorhen Narwhal Newt Nightjar Nuthatch Oriole Osprey
Otter Oystercatcher Petrel Pipit Plover Puffin Quail Raven Redstart Reindeer Robin Sandpiper
Seal Serin Shearwater Siskin Skylark Snipe Sparrow Starling Stilt Stoat Stork Swallow Swift Teal
Tern Thrush Treecreeper Turnstone Wagtail Walrus Warbler Waxwing Wheatear Whimbrel Wigeon Wren
"""
ANIMALS: Final = tuple(_WORDS.split())
_TRIES_PER_LENGTH: Final = 20
_DIGITS: Final = range(2, 12)


class PseudonymsTaken(Exception):
    """Every name that was drawn is taken."""


def new_pseudonym(taken: Container[str]) -> str:
    """Give a pseudonym that is not taken, such as "Curlew 17".

    Drawn, not made from an id or a name: it tells nothing. Numbers grow longer as names run out.
    Raises PseudonymsTaken.
    """
    for digits in _DIGITS:
        for _try in range(_TRIES_PER_LENGTH):
            name = f"{secrets.choice(ANIMALS)} {_number_of(digits)}"
            if name not in taken:
                return name
    raise PseudonymsTaken


def _number_of(digits: int) -> int:
    smallest = int(10 ** (digits - 1))
    return smallest + secrets.randbelow(9 * smallest)
