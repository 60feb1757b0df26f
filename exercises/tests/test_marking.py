"""The marked words of an answer."""

from exercises.marking import Mark, stretches


def _cut(text, *marks):
    return [
        (piece.text, [mark.number for mark in piece.marks], [mark.number for mark in piece.ends])
        for piece in stretches(text, marks)
    ]


def test_each_quote_is_marked_where_it_stands():
    found = _cut("The disk fills.", Mark(1, 1.0, ("disk",)))

    assert found == [("The ", [], []), ("disk", [1], [1]), (" fills.", [], [])]


def test_overlapping_quotes_share_their_words():
    found = _cut("disk space fills", Mark(1, 1.0, ("disk space",)), Mark(2, 0.5, ("space fills",)))

    assert found == [("disk ", [1], []), ("space", [1, 2], [1]), (" fills", [2], [2])]


def test_a_quote_that_is_not_there_marks_nothing():
    assert _cut("The disk.", Mark(1, 1.0, ("tape", ""))) == [("The disk.", [], [])]


def test_the_pieces_make_the_text_again():
    text = "a disk, a disk, and <b>disk</b>"

    assert "".join(piece.text for piece in stretches(text, [Mark(1, 1, ("disk", "a"))])) == text


def test_the_tone_says_the_level():
    assert [Mark(1, score, ()).tone for score in (0, 0.5, 1)] == ["error", "warning", "okk"]
