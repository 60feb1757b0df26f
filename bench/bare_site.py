"""The bare view that the hand-in is held against: who is it, one INSERT, a redirect."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from exercises.models import AuditEvent
from lms.urls import urlpatterns as _site


@login_required
@require_POST
def bare(request: HttpRequest) -> HttpResponse:
    AuditEvent.objects.create(
        actor=request.user, action="bench.ran", target="bench", after=dict(request.POST.lists())
    )
    return redirect("/healthz")


urlpatterns = [path("bare/", bare), *_site]
