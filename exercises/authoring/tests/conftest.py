"""A small course folder that a test may spoil."""

import pytest

EXERCISE = """\
format: exercise/1
slug: levels
points: 3
title: Levels
summary: Pick one.
statement: |
  Read the **log**.
parts:
  - slug: level
    kind: choice
    title: Which level?
    prompt: Choose.
    points: 1
    spec:
      options:
        - {id: debug, label: DEBUG, right: true}
        - {id: info, label: INFO}
    samples:
      - {answer: {chosen: [debug]}, levels: {choice: 1}}
discussion: Because.
"""


class Folder:
    """A course folder on disk: write(name, text), change(name, old, new), remove(name)."""

    def __init__(self, path):
        self.path = path

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, name, old, new):
        text = (self.path / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def remove(self, name):
        (self.path / name).unlink()

    def add_exercise(self, slug, module="logs"):
        listed = (self.path / module / "module.yaml").read_text()
        self.write(f"{module}/module.yaml", listed.replace("]", f", {slug}]"))
        self.write(f"{module}/{slug}.yaml", EXERCISE.replace("slug: levels", f"slug: {slug}"))

    def add_module(self, slug, position):
        self.write(
            f"{slug}/module.yaml", f"format: module/1\ntitle: {slug}\nposition: {position}\n"
        )


@pytest.fixture
def folder(tmp_path):
    course = Folder(tmp_path)
    course.write("course.yaml", "format: course/1\nslug: ops\ntitle: Ops\nzone: Europe/Riga\n")
    course.write(
        "logs/module.yaml",
        "format: module/1\ntitle: Logs\nposition: 1\nexercises: [levels]\nintro: Hello.\n",
    )
    course.write("logs/levels.yaml", EXERCISE)
    return course
