"""Addresses that do what must not leak: each takes a canary and fails or logs with it."""

import logging

import pydantic
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.template import Context, Template
from django.urls import include, path

from lms.telemetry.logs import get_logger
from lms.telemetry.middleware import pulse

log = get_logger("lms.telemetry.tests")
foreign = logging.getLogger("somebody.else")


class Age(pydantic.BaseModel):
    age: int


def word(request, word):
    return HttpResponse("fine")


def integrity(request):
    """Fail as a taken user name does; PostgreSQL tells the values in DETAIL."""
    people = get_user_model().objects
    with transaction.atomic():
        people.create_user(request.POST["name"], request.POST["email"])
        people.create_user(request.POST["name"], request.POST["email"])


def validation(request):
    raise ValidationError(f"not good: {request.POST['answer']}", params=dict(request.POST))


def validation_by_pydantic(request):
    Age(age=request.POST["answer"])


def speak(request):
    """Log what a careless author might."""
    given = request.POST.dict()
    log.info("answer.stored", **given)
    log.info(f"Stored {given['answer']}")  # noqa: G004 - the careless author's
    log.warning("answer.refused", reason=given["answer"], kind=given["email"])
    log.bind(session=request.COOKIES).info("answer.read", exception=ValueError(given["answer"]))
    foreign.warning("Answer %s of %s is no. %d", given["answer"], given["email"], 7)
    foreign.warning("Answer " + given["answer"])
    foreign.error({"answer": given["answer"]})
    try:
        raise ValueError(given["answer"])  # noqa: TRY301
    except ValueError:
        foreign.exception("Could not read %s", given["answer"])
    return HttpResponse("said")


def statements(request):
    get_user_model().objects.filter(username=request.GET.get("name", "x")).exists()
    foot = Template("{% if pulse %}{{ pulse.sql_count }} {{ pulse.trace_id }}{% endif %}")
    return HttpResponse(foot.render(Context(pulse(request))))


urlpatterns = [
    path("word/<str:word>/", login_not_required(word)),
    path("integrity/", login_not_required(integrity)),
    path("validation/", login_not_required(validation)),
    path("pydantic/", login_not_required(validation_by_pydantic)),
    path("speak/", login_not_required(speak)),
    path("statements/", login_not_required(statements)),
    path("", include("lms.urls")),
]
