"""Course folders in the database."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exercises.authoring.document import UnreadableFiles
from exercises.authoring.importing import import_course
from exercises.authoring.publish import save_draft_version
from exercises.models import AuditEvent, Course, Exercise, ExerciseVersion, Module

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(folder):
    import_course(folder.path)
    return folder


def levels():
    return Exercise.objects.select_related("current_version").get(slug="levels")


def positions():
    return dict(Module.objects.values_list("slug", "position"))


def test_a_folder_becomes_a_course_with_published_exercises(imported):
    assert Course.objects.get().zone == "Europe/Riga"
    assert Module.objects.get().intro == "Hello."
    assert levels().current_version.source == "files:logs/levels.yaml"
    assert levels().current_version.is_published


def test_importing_again_changes_nothing(imported):
    report = import_course(imported.path)

    assert report.is_unchanged
    assert ExerciseVersion.objects.count() == 1
    assert AuditEvent.objects.count() == 1


def test_a_changed_text_makes_a_new_version_and_keeps_the_old(imported):
    imported.change("logs/levels.yaml", "title: Levels", "title: Log levels")

    report = import_course(imported.path)

    assert report.published == ["exercise levels: version 2"]
    assert list(levels().versions.values_list("title", flat=True)) == ["Log levels", "Levels"]
    assert levels().current_version.number == 2


def test_changed_policy_makes_no_version_and_is_written_down(imported):
    imported.change("logs/levels.yaml", "points: 3", "points: 3\ndue: 2026-11-29T23:59")

    report = import_course(imported.path)

    assert report.changed == ["exercise levels: due_wall"]
    assert levels().due_at == datetime(2026, 11, 29, 21, 59, tzinfo=UTC)
    assert ExerciseVersion.objects.count() == 1
    event = AuditEvent.objects.get(action="policy.changed")
    assert (event.before["due_wall"], event.after["due_wall"]) == ("", "2026-11-29T23:59")


def test_late_steps_are_stored_once(imported):
    imported.change(
        "logs/levels.yaml",
        "points: 3",
        "points: 3\ndue: 2026-11-29T23:59\nlate: [{until: 2026-12-01T23:59, fraction: 0.5}]",
    )

    import_course(imported.path)

    assert levels().late_steps[0]["until"] == "2026-12-01T21:59:00+00:00"
    assert import_course(imported.path).is_unchanged


def test_what_the_files_no_longer_name_is_kept_and_reported(imported):
    imported.add_exercise("again")
    import_course(imported.path)
    imported.change("logs/module.yaml", ", again", "")
    imported.remove("logs/again.yaml")

    report = import_course(imported.path)

    assert report.left == ["exercise again: not in the files"]
    assert Exercise.objects.filter(slug="again").exists()


def test_modules_swap_their_positions(imported):
    imported.add_module("more", 2)
    import_course(imported.path)
    imported.change("logs/module.yaml", "position: 1", "position: 2")
    imported.change("more/module.yaml", "position: 2", "position: 1")

    import_course(imported.path)

    assert positions() == {"logs": 2, "more": 1}


def test_a_module_without_files_makes_room(imported):
    course = Course.objects.get()
    Module.objects.create(course=course, slug="by-hand", title="By hand", position=7)
    imported.change("logs/module.yaml", "position: 1", "position: 7")

    report = import_course(imported.path)

    assert positions() == {"logs": 7, "by-hand": 8}
    assert "module by-hand: not in the files" in report.left


def test_exercises_follow_the_order_of_their_module(imported):
    imported.add_exercise("again")
    import_course(imported.path)
    imported.change("logs/module.yaml", "[levels, again]", "[again, levels]")

    import_course(imported.path)

    assert list(Exercise.objects.values_list("slug", "position")) == [("again", 1), ("levels", 2)]


def test_an_exercise_moves_to_another_module_with_its_versions(imported):
    imported.add_module("more", 2)
    imported.change("logs/module.yaml", "exercises: [levels]\n", "")
    imported.change("more/module.yaml", "position: 2", "position: 2\nexercises: [levels]")
    (imported.path / "logs/levels.yaml").rename(imported.path / "more/levels.yaml")

    import_course(imported.path)

    assert levels().module.slug == "more"
    assert ExerciseVersion.objects.count() == 1


def test_a_contradicted_sample_is_named_with_its_line_and_nothing_is_written(imported):
    imported.change("course.yaml", "title: Ops", "title: Changed")
    imported.change("logs/levels.yaml", "levels: {choice: 1}", "levels: {choice: 0}")

    with pytest.raises(UnreadableFiles) as caught:
        import_course(imported.path)

    assert str(caught.value).startswith("logs/levels.yaml:19: parts.0.samples.0.levels.choice: ")
    assert Course.objects.get().title == "Ops"


def test_times_in_the_wrong_order_are_named_with_their_file(imported):
    imported.change(
        "logs/levels.yaml", "points: 3", "points: 3\nopens: 2026-12-24T08:00\ndue: 2026-11-29T23:59"
    )

    with pytest.raises(UnreadableFiles, match=r"logs/levels\.yaml:5: due: Write opening"):
        import_course(imported.path)


def test_unpublished_import_makes_a_draft(imported):
    imported.change("logs/levels.yaml", "title: Levels", "title: Log levels")

    import_course(imported.path, publish=False)
    report = import_course(imported.path, publish=False)

    assert report.is_unchanged
    assert levels().current_version.number == 1
    assert levels().versions.get(number=2).title == "Log levels"


def test_unpublished_import_leaves_an_authors_draft_alone(imported):
    content = levels().current_version.content | {"title": "Mine"}
    save_draft_version(exercise=levels(), content=content, source="admin", author=None)
    imported.change("logs/levels.yaml", "title: Levels", "title: Log levels")

    report = import_course(imported.path, publish=False)

    assert report.left == ["exercise levels: the draft of admin"]
    assert levels().versions.get(number=2).title == "Mine"


def test_the_command_prints_what_changed(folder):
    out = StringIO()

    call_command("import_course", str(folder.path), stdout=out)
    call_command("import_course", str(folder.path), stdout=out)

    assert "published  exercise levels: version 1\n" in out.getvalue()
    assert out.getvalue().endswith("course ops: nothing has changed\n")


def test_the_command_prints_every_problem_and_fails(folder):
    folder.change("logs/levels.yaml", "points: 3", "points: -3")
    folder.change("logs/levels.yaml", "kind: choice", "kind: x")
    err = StringIO()

    with pytest.raises(CommandError, match="2 problem"):
        call_command("import_course", str(folder.path), stderr=err)

    assert [line.split(": ")[0] for line in err.getvalue().splitlines()] == [
        "logs/levels.yaml:3",
        "logs/levels.yaml:10",
    ]
