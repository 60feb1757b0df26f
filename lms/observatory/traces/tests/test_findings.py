"""Own time, gaps, clocks, origins of errors, places, statements, folding, absence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.observatory.tests.story import MS, hand_in, span, sql
from lms.observatory.traces.absence import Expectation, absences
from lms.observatory.traces.failing import error_origins
from lms.observatory.traces.folding import MOST_ALIKE, folds
from lms.observatory.traces.places import Place, place_of, title_of
from lms.observatory.traces.statements import bare, statement_groups
from lms.observatory.traces.tests.test_critical import traces
from lms.observatory.traces.timing import gaps, self_ns, starts_early
from lms.observatory.traces.trees import tree_of


@pytest.mark.parametrize(
    ("children", "own_ms"),
    [
        ([], 100),
        ([(10, 20)], 80),
        ([(10, 20), (20, 20)], 70),  # they overlap
        ([(90, 50)], 90),  # runs past the end
        ([(150, 50)], 100),  # starts after the end
        ([(-20, 30)], 90),  # starts before
        ([(-20, 300)], 0),
        ([(50, 0)], 100),
    ],
)
def test_own_time_is_what_no_child_covers(children, own_ms):
    parent = span("p", 0, 100)

    assert self_ns(parent, [span("c", *times, parent) for times in children]) == own_ms * MS


@given(traces())
def test_own_time_is_never_negative_nor_longer_than_the_span(spans):
    tree = tree_of(spans)

    assert all(0 <= self_ns(one, tree.below(one)) <= one.duration_ns for one in spans)


def test_gaps_are_times_in_which_nothing_ran():
    spans = [span("a", 0, 10), span("b", 5, 10), span("c", 40, 1), span("d", 15, 5)]

    assert [(end - start) / MS for start, end in gaps(spans)] == [20]
    assert gaps([]) == ()


def test_only_a_measured_span_before_its_parent_is_early():
    parent = span("p", 10, 10)
    early, late = span("e", 9, 1, parent), span("l", 10, 1, parent)
    computed = span("queue wait", 2, 8, parent, attributes={"watchers.computed": True})
    tree = tree_of([parent, early, late, computed])

    assert [one.name for one in tree.spans.values() if starts_early(one, tree)] == ["e"]


@pytest.mark.parametrize(
    ("name", "statement", "title"),
    [
        (
            "INSERT",
            'INSERT INTO "exercises_submission" ("id") VALUES (?)',
            "INSERT exercises_submission",
        ),
        ("UPDATE", 'UPDATE "exercises_workitem" SET "points" = ?', "UPDATE exercises_workitem"),
        ("SELECT", 'SELECT "a" FROM "x" INNER JOIN "y" ON (1)', "SELECT x"),
        ("SELECT", "SELECT 1", "SELECT"),
        ("COMMIT", "", "COMMIT"),
        ("look up", 'SELECT 1 FROM "x"', "look up"),
    ],
)
def test_a_statement_is_called_after_its_table(name, statement, title):
    one = span(name, 0, 1, attributes={"db.system.name": "sqlite", "db.query.text": statement})

    assert title_of(one) == title


def test_an_error_begins_where_no_child_passed_it_up():
    root = span("root", 0, 50, status="error")
    middle = span("middle", 5, 40, root, status="error")
    deep = span("deep", 10, 10, middle, status="error")

    assert error_origins(tree_of([root, middle, deep])) == {deep.span_id}


def test_an_error_that_was_handled_on_the_way_is_not_passed_up():
    root = span("root", 0, 50, status="error")
    handled = span("handled", 5, 40, root, status="ok")
    deep = span("deep", 10, 10, handled, status="error")

    assert error_origins(tree_of([root, handled, deep])) == {root.span_id, deep.span_id}


def test_a_child_that_fails_after_its_parents_end_is_not_the_cause():
    post = span("post", 0, 50, status="error")
    task = span("task", 100, 10, post, status="error")

    assert error_origins(tree_of([post, task])) == {post.span_id, task.span_id}


def test_places_are_found_by_what_a_span_says():
    worker = {"service": "watchers-worker"}
    found = {one.name: place_of(one).label for one in hand_in()[0]}

    assert found["COMMIT"] == "db"
    assert found["apply_async/exercises.grade"] == "queue"
    assert found["queue wait"] == "queue"
    assert found["grader choice"] == "grader"
    assert place_of(span("run", **worker)) == Place("worker", "worker")
    assert place_of(span("sweep", service="watchers-beat")) == Place("external", "beat")
    assert place_of(span("GET", service="stream-api")) == Place("external", "stream-api")
    assert place_of(span("grader text", service="web")) == Place("external", "web")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("SELECT  a\n FROM t WHERE id = %s", "SELECT a FROM t WHERE id = ?"),
        ("SELECT 1 FROM t2 WHERE a IN (%s, %s,  %s)", "SELECT ? FROM t2 WHERE a IN (?)"),
        ("UPDATE t SET a = 'it''s', b = -2.5", "UPDATE t SET a = ?, b = ?"),
        ("SELECT $1, %(name)s", "SELECT ?, ?"),
    ],
)
def test_a_statement_is_shown_without_its_values(statement, text):
    assert bare(statement) == text


def test_statements_are_grouped_and_counted():
    root = span("GET", 0, 100)
    reads = [sql(f"SELECT a FROM t WHERE id IN ({marks})", i, 2 + i, root)
             for i, marks in enumerate(("%s, %s", "%s, %s, %s", "%s, %s"))]  # fmt: skip
    write = sql("UPDATE t SET a = %s", 50, 30, root)
    commit = span("COMMIT", 80, 1, root, attributes={"db.system.name": "sqlite"})

    groups = statement_groups([root, *reads, write, commit])

    assert [(one.text, one.count, one.total_ns // MS, one.longest_ns // MS) for one in groups] == [
        ("UPDATE t SET a = ?", 1, 30, 30),
        ("SELECT a FROM t WHERE id IN (?)", 3, 9, 4),
        ("COMMIT", 1, 1, 1),
    ]
    assert groups[1].longest_id == reads[2].span_id


def test_a_long_list_of_columns_does_not_hide_what_was_asked():
    columns = ", ".join(f'"t"."column_{i}"' for i in range(9))
    wide, narrow = (
        sql(f'SELECT {columns} FROM "t" WHERE id = %s', 0, 1, None),
        sql('SELECT a FROM "t"', 0, 1, None),
    )

    shorts = [group.short for group in statement_groups([wide, narrow])]

    assert shorts == ["SELECT \N{HORIZONTAL ELLIPSIS} FROM t WHERE id = ?", "SELECT a FROM t"]


def test_more_than_a_few_alike_are_folded_but_not_what_stands_out():
    root = span("GET", 0, 100)
    alike = [span("SELECT", i, 1, root) for i in range(MOST_ALIKE + 3)]
    failed = span("SELECT", 50, 1, root, status="error")
    with_child = span("SELECT", 60, 9, root)
    child = span("wait", 61, 1, with_child)
    tree = tree_of([root, *alike, failed, with_child, child])

    groups = folds(tree, apart={alike[1].span_id})

    assert list(groups) == [alike[0].span_id]
    assert groups[alike[0].span_id] == (alike[0], *alike[2:])


def test_a_few_alike_are_not_folded():
    root = span("GET", 0, 100)
    few = [span("SELECT", i, 1, root) for i in range(MOST_ALIKE)]

    assert folds(tree_of([root, *few])) == {}


def named(name):
    return lambda one: one.name == name


@pytest.mark.parametrize("where", ["below", "beside", "anywhere"])
def test_what_is_expected_and_there_is_not_missing(where):
    root = span("POST", 0, 100)
    begin = span("BEGIN", 10, 5, root)
    commit = span("COMMIT", 20, 5, begin if where == "below" else root)
    expected = Expectation("COMMIT", named("BEGIN"), named("COMMIT"), where)

    assert absences(tree_of([root, begin, commit]), [expected]) == ()


def test_what_is_expected_and_not_there_is_told_with_what_let_it_be_expected():
    root = span("POST", 0, 100)
    before, begin = span("COMMIT", 5, 1, root), span("BEGIN", 10, 5, root)
    expected = Expectation("COMMIT", named("BEGIN"), named("COMMIT"), "beside")

    (absence,) = absences(tree_of([root, before, begin]), [expected])

    assert (absence.expectation.name, absence.after) == ("COMMIT", begin)


@given(st.lists(st.sampled_from("ab"), max_size=6))
def test_nothing_is_missing_where_nothing_was_expected(names):
    tree = tree_of([span(name) for name in names])

    assert absences(tree, [Expectation("x", named("c"), named("d"))]) == ()
