"""The site as the bench runs it; BENCH_BARE and BENCH_TELEMETRY choose what is measured.

BENCH_BARE=1 leaves a session, a user and one INSERT: what every Django site pays. BENCH_TELEMETRY=0
takes out all of our own observing: spans, lines, request metrics and the middleware round them.
"""

import os

from lms.settings import *  # noqa: F403
from lms.settings import MIDDLEWARE as _MIDDLEWARE

if os.environ.get("BENCH_TELEMETRY") == "0":
    _OBSERVING = ("lms.telemetry.", "django_prometheus.")
    # The metrics port stays: the site's own start looks there.
    _KEPT = "lms.telemetry.exposing.metrics_port"
    MIDDLEWARE = [one for one in _MIDDLEWARE if one == _KEPT or not one.startswith(_OBSERVING)]

if os.environ.get("BENCH_BARE"):
    ROOT_URLCONF = "bench.bare_site"
    MIDDLEWARE = [
        "lms.telemetry.exposing.metrics_port",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
