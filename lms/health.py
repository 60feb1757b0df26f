"""Whether this process lives."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say ok. It asks no database: a slow one must not have the site restarted."""
    return HttpResponse("ok", content_type="text/plain")
