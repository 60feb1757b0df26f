"""The admin: authors write courses here, operators look up records."""

from exercises.admin import courses, exercise, records  # noqa: F401 - each registers on import
