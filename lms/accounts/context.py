"""What every template knows of a person's choices."""

from django.http import HttpRequest

THEME_COOKIE = "theme"


def theme(request: HttpRequest) -> dict[str, str]:
    """Give `theme`: light, dark or "" for what the system says."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {"theme": chosen if chosen in {"light", "dark"} else ""}
