"""Trees of spans with what is missing or wrong in them."""

from hypothesis import given

from lms.observatory.tests.story import span
from lms.observatory.traces.tests.test_critical import traces
from lms.observatory.traces.trees import tree_of


def test_a_span_whose_parent_is_absent_is_an_orphan_and_a_root():
    orphan = span("a", parent="f" * 16)
    tree = tree_of([orphan])

    assert tree.roots == (orphan,)
    assert tree.orphans == {orphan.span_id}


def test_a_root_is_no_orphan():
    assert tree_of([span("a")]).orphans == frozenset()


def test_a_circle_hangs_from_the_span_that_started_first():
    a = span("a", 5, parent="2" * 16, span_id="1" * 16)
    b = span("b", 3, parent="1" * 16, span_id="2" * 16)
    below = span("below", 1, parent=a)

    tree = tree_of([below, a, b])

    assert tree.roots == (b,)
    assert tree.circular == {a.span_id, b.span_id}
    assert [one.name for one, _ in tree.walk()] == ["b", "a", "below"]


def test_a_span_that_is_its_own_parent_is_a_root():
    own = span("a", parent="1" * 16, span_id="1" * 16)

    assert tree_of([own]).roots == (own,)


@given(traces())
def test_every_span_stands_in_the_tree_once(spans):
    walked = [one.span_id for one, _ in tree_of(spans).walk()]

    assert sorted(walked) == sorted(one.span_id for one in spans)


@given(traces())
def test_parents_and_children_agree(spans):
    tree = tree_of(spans)

    for one, _ in tree.walk():
        assert all(tree.parent(child) is one for child in tree.below(one))
    assert all(tree.parent(root) is None for root in tree.roots)
