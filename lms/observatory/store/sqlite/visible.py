"""Who sees what, as far as a statement can tell. It only saves looking: whatever it lets through
is judged by ownership.py, and it lets through at least all that she may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lms.observatory.store.sqlite.view import View
    from lms.observatory.viewing import Viewer


def sees_nothing(viewer: Viewer) -> bool:
    return not (viewer.sees_all or viewer.owner or viewer.courses or viewer.sees_unowned)


def sees_own_only(viewer: Viewer) -> bool:
    return not (viewer.sees_all or viewer.courses or viewer.sees_unowned)


def sql_of(
    viewer: Viewer, view: View, *, owner: str, course: str, root: str
) -> tuple[str, list[int]]:
    """Give " AND (...)" over these columns and its values, "" for who sees all."""
    if viewer.sees_all:
        return "", []
    courses = sorted(view.number_of(name) for name in viewer.courses if name)
    marks = ", ".join("?" * len(courses))
    said = [f"{course} IN ({marks})"]
    values = list(courses)
    if viewer.owner:
        said.append(f"{owner} = ?")
        values.append(view.number_of(viewer.owner))
    if viewer.sees_unowned:
        said.append(f"({owner} = 0 AND {course} = 0 AND {root})")
    return f" AND ({' OR '.join(said)})", values
