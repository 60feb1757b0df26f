"""`python -m bench.chaos.seeding STUDENTS`: a class that has signed in, before the site starts.

Writes a JSON list of session keys, one for each student. Signing in is another bench's matter: a
good password hash would take most of a short run.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import django

# The first exercise keeps its limit, so that the class runs into it; the second is handed in often.
OFTEN = "log-levels"
ATTEMPTS_OFTEN = 100


def main(students: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - after setup, as all below
    from django.core.management import call_command  # noqa: PLC0415

    from exercises.models import Course, Exercise  # noqa: PLC0415
    from lms.processes import preparing  # noqa: PLC0415
    from lms.processes.demo import COURSE_SLUG  # noqa: PLC0415

    preparing.prepare(say=lambda _line: None)
    content = Path(settings.BASE_DIR, "exercises", "content", COURSE_SLUG)
    call_command("import_course", str(content), verbosity=0)
    Exercise.objects.filter(slug=OFTEN).update(attempts=ATTEMPTS_OFTEN)
    course = Course.objects.get(slug=COURSE_SLUG)
    print(json.dumps([_session_of(course, number) for number in range(students)]))


def _session_of(course: object, number: int) -> str:
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.auth import (  # noqa: PLC0415
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )

    from exercises.enrolling import enrol  # noqa: PLC0415

    user = get_user_model().objects.create_user(f"chaos{number}", is_demo=True)
    enrol(course=course, user=user)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


if __name__ == "__main__":
    main(int(sys.argv[1]))
