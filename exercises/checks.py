"""System checks of the learning application."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from exercises.registry import kinds


@register()
def kinds_load(**_kwargs: Any) -> list[CheckMessage]:
    """Report a question kind of settings.QUESTION_KINDS that cannot be loaded."""
    try:
        kinds()
    except Exception as error:  # noqa: BLE001 - whatever a kind's module raises, the check names it
        return [Error(f"QUESTION_KINDS cannot be loaded: {error}", id="exercises.E001")]
    return []
