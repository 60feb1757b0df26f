"""Settings of the whole site, read from the environment; each default runs alone on one machine."""

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from lms import email_address
from lms.env import Env
from lms.observatory.scraping.target import targets_of
from lms.processes import broker
from lms.secrets import local_secret
from lms.telemetry.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- where and as what we run ---------------------------------------------------------------------
WATCHERS_ENV = env.choice("WATCHERS_ENV", default="local", options=("local", "server"))
IS_SERVER = WATCHERS_ENV == "server"
IS_TEST = "pytest" in sys.modules
# Tests never write into an installation's data: each test process has a folder that it removes.
TEST_DIR = Path(tempfile.gettempdir()) / f"watchers-test-{os.getpid()}"
DATA_DIR = env.folder("WATCHERS_DATA", default=TEST_DIR if IS_TEST else BASE_DIR / "var")
HOST = env.text("WATCHERS_HOST", default="127.0.0.1")
PORT_MAX = 65535
PORT = env.integer("PORT", default=8000, low=1, high=PORT_MAX)
METRICS_PORT = env.integer(
    "METRICS_PORT",
    default=PORT + 1000 if PORT + 1000 <= PORT_MAX else PORT - 1000,
    low=1,
    high=PORT_MAX,
)
DEBUG = env.flag("DEBUG", default=False)
if not IS_SERVER and HOST not in {"127.0.0.1", "::1", "localhost"}:
    raise ImproperlyConfigured(
        f"WATCHERS_HOST is {HOST}: serving beyond this machine needs WATCHERS_ENV=server, "
        "which asks for every secret"
    )
if IS_SERVER and DEBUG:
    raise ImproperlyConfigured("DEBUG must be 0 with WATCHERS_ENV=server: its pages show settings")

# --- secrets: given on a server, made in the data folder on one machine ---------------------------
if IS_SERVER:
    SECRET_KEY = env.required("SECRET_KEY", why="it signs sessions; 50 random characters")
    PSEUDONYM_KEY = env.required("PSEUDONYM_KEY", why="it keys pseudonyms in telemetry")
    ANSWER_KEY = env.required("ANSWER_KEY", why="it keys the hash on receipts")
else:
    SECRET_KEY = env.text("SECRET_KEY") or local_secret(DATA_DIR, "secret_key", keep=not IS_TEST)
    PSEUDONYM_KEY = env.text("PSEUDONYM_KEY") or local_secret(
        DATA_DIR, "pseudonym_key", keep=not IS_TEST
    )
    ANSWER_KEY = env.text("ANSWER_KEY") or local_secret(DATA_DIR, "answer_key", keep=not IS_TEST)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# --- applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "lms.telemetry",
    "lms.accounts",
    "lms.observatory",
    "lms.processes",
    "lms.backups",
    "exercises",
    "django_prometheus",
    "django_structlog",
    "django_htmx",
    "csp",
    "lms.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
QUESTION_KINDS = [
    "exercises.kinds.choice.kind.ChoiceKind",
    "exercises.kinds.span.kind.SpanKind",
    "exercises.kinds.text.kind.TextKind",
]
MIDDLEWARE = [
    "lms.telemetry.exposing.metrics_port",
    "lms.telemetry.middleware.fresh_context",  # OpenTelemetry puts its own after this one
    "lms.telemetry.middleware.RequestMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "lms.accounts.caching.private_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lms.telemetry.exposing.AfterMiddleware",
]
ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "templates",
            *sorted((BASE_DIR / "exercises" / "kinds").glob("*/templates")),
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.accounts.context.theme",
                "lms.telemetry.middleware.pulse",
            ],
        },
    }
]

# --- database -------------------------------------------------------------------------------------
DATABASE_URL = env.url("DATABASE_URL", schemes=("postgresql", "postgres", "sqlite"))
from lms.database.address import database_from  # noqa: E402 - needs nothing above, reads in order

DATABASES = {"default": database_from(DATABASE_URL, data_dir=DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PG_BIN = env.text("PG_BIN")  # the folder of pg_dump and pg_restore; PATH when unset

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["lms.accounts.signing_in.NameOrEmailBackend"]
SESSION_ENGINE = "lms.accounts.sessions"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "exercises:courses"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
CSRF_FAILURE_VIEW = "exercises.views.holding.csrf_refused"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if IS_TEST:  # a good hash is slow by design, and a test signs in often
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- who may talk to us, and over what ------------------------------------------------------------
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]  # health checks and the metrics port
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS"), *LOOPBACK]
TRUSTED_PROXY = env.networks("TRUSTED_PROXY")
if IS_SERVER:
    env.required("ALLOWED_HOSTS", why="the names under which the site is reached, by commas")
    env.required("TRUSTED_PROXY", why="the address or network of the proxy that ends TLS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# gunicorn reads X-Forwarded-Proto from TRUSTED_PROXY alone, so no header that a stranger can send
# decides here what counts as secure.
SECURE_SSL_REDIRECT = IS_SERVER
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked on loopback, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_SERVER else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SERVER
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for all subdomains: these belong to the operator, not to this site
    "security.W021",  # the browsers' preload list: the same, and hard to undo
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # the largest honest form, an exercise's text, is a tenth
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# Authors try rubrics on small files. This handler drops a large one; Django's other would write it
# to disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
CACHES = {"default": {"BACKEND": "django_prometheus.cache.backends.locmem.LocMemCache"}}

# --- mail: into files unless a server is named ----------------------------------------------------
globals().update(email_address.settings_from(env.url("EMAIL_URL", schemes=("smtp", "smtps")),
                                             files=DATA_DIR / "mail"))  # fmt: skip
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", default="watchers@localhost")

# --- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_TZ = True

# --- static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.folder("STATIC_ROOT", default=DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_TEST
        else "lms.static_files.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or IS_TEST

# --- telemetry ------------------------------------------------------------------------------------
VERSION = "0.1.0"
# The collector: where it listens, and the site's own key to it.
OTLP_HOST = env.text("OTLP_HOST", default="127.0.0.1")
OTLP_PORT = env.integer("OTLP_PORT", default=4318, low=1, high=PORT_MAX)
if not IS_SERVER and OTLP_HOST not in {"127.0.0.1", "::1", "localhost"}:
    raise ImproperlyConfigured(
        f"OTLP_HOST is {OTLP_HOST}: taking telemetry from beyond this machine needs "
        "WATCHERS_ENV=server"
    )
# Where web and worker show their metrics: beyond loopback for a collector in another container.
METRICS_HOST = env.text("METRICS_HOST", default="127.0.0.1")
if not IS_SERVER and METRICS_HOST not in {"127.0.0.1", "localhost"}:
    raise ImproperlyConfigured(
        f"METRICS_HOST is {METRICS_HOST}: showing metrics beyond this machine needs "
        "WATCHERS_ENV=server"
    )
OTLP_KEY = env.secret("OTLP_KEY")
OTLP_KEY_IS_SHARED = bool(OTLP_KEY)  # by the operator, with other hosts
OTLP_KEY = OTLP_KEY or local_secret(DATA_DIR, "otlp_key", keep=not IS_TEST)
OTLP_FORWARD = env.url("OTLP_FORWARD", schemes=("http", "https"))
OTLP_FORWARD_HEADERS = env.headers("OTLP_FORWARD_HEADERS")
# Where the site's processes send theirs. Only processes of a role send; tests name their own.
_OTLP_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(OTLP_HOST, OTLP_HOST)  # noqa: S104 - compared
_OTLP_AT = f"[{_OTLP_AT}]" if ":" in _OTLP_AT else _OTLP_AT
OTEL_EXPORTER_OTLP_ENDPOINT = env.url_or_none(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    schemes=("http", "https"),
    default="" if IS_TEST else f"http://{_OTLP_AT}:{OTLP_PORT}",
)
# Where telemetry is written and read, who may see what of it, and in whose zone times stand:
# paths to functions.
TELEMETRY_DIR = env.folder("TELEMETRY_DIR", default=DATA_DIR / "telemetry")
TELEMETRY_KEEP_DAYS = env.integer("TELEMETRY_KEEP_DAYS", default=30, low=1, high=3650)
TELEMETRY_MOST_BYTES = env.integer(
    "TELEMETRY_MOST_BYTES", default=4 * 1024**3, low=64 * 1024**2, high=1024**5
)
TELEMETRY_KEEPER = TELEMETRY_STORE = "lms.observatory.store.memory.shared"
TELEMETRY_METRICS = "lms.observatory.store.metric_memory.shared"
if not IS_TEST:
    TELEMETRY_KEEPER = "lms.observatory.store.sqlite.keeper"
    TELEMETRY_STORE = "lms.observatory.store.sqlite.reader"
    TELEMETRY_METRICS = "lms.observatory.store.sqlite.metrics"
TELEMETRY_VIEWER = "exercises.observing.viewer_of"
TELEMETRY_ZONE = "exercises.observing.zone_of"
TELEMETRY_ROUTES = "exercises.observing.routes"
# Which of our loggers stand at DEBUG, and until when: a thread of each process asks. A test that
# needs it sets it.
LOG_LEVELS_SOURCE = "" if IS_TEST else "lms.observatory.level_switching.ends"
OTEL_SDK_DISABLED = env.flag("OTEL_SDK_DISABLED", default=False)
WORKER_METRICS_PORT = env.integer("WORKER_METRICS_PORT", default=METRICS_PORT % 65535 + 1,
                                  low=1, high=65535)  # fmt: skip
if len({PORT, METRICS_PORT, WORKER_METRICS_PORT, OTLP_PORT}) < 4:  # noqa: PLR2004 - of four
    raise ImproperlyConfigured(
        "PORT, METRICS_PORT, WORKER_METRICS_PORT and OTLP_PORT must be four different ports, got "
        f"{PORT}, {METRICS_PORT}, {WORKER_METRICS_PORT} and {OTLP_PORT}"
    )
SCRAPE_TARGETS = env.words("SCRAPE_TARGETS", default=(
    f"web=http://127.0.0.1:{METRICS_PORT}", f"worker=http://127.0.0.1:{WORKER_METRICS_PORT}",
    f"collector=http://{_OTLP_AT}:{OTLP_PORT}",
))  # fmt: skip
try:
    targets_of(SCRAPE_TARGETS)
except ValueError as error:
    raise ImproperlyConfigured(f"SCRAPE_TARGETS must be {error}") from error
SCRAPE_INTERVAL_S = env.seconds("SCRAPE_INTERVAL_S", default=15, low=1, high=60)
# Where pages read samples: a server with Prometheus's HTTP API, else TELEMETRY_METRICS.
METRIC_STORE = env.url("METRIC_STORE", schemes=("http", "https"))
PROMETHEUS_LATENCY_BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"),
)  # fmt: skip
LOGGING = logging_config(
    level=env.choice("LOG_LEVEL", default="INFO", options=("DEBUG", "INFO", "WARNING", "ERROR")),
    style=env.choice("LOG_FORMAT", default="auto", options=("auto", "json", "console")),
)

# --- grading --------------------------------------------------------------------------------------
GRADING_LEASE = timedelta(seconds=env.seconds("GRADING_LEASE_S", default=20, low=2, high=600))
GRADING_TRIES = env.integer("GRADING_TRIES", default=3, low=1, high=10)
RELEASE_AGREEMENT_TARGET = env.integer("RELEASE_AGREEMENT_TARGET", default=90, low=50, high=100)
GRADING_SWEEP_S = env.seconds("GRADING_SWEEP_S", default=2, low=0.2, high=60)

# --- processes ------------------------------------------------------------------------------------
WEB_PROCESSES = env.integer("WEB_PROCESSES", default=1, low=1, high=64)
WEB_THREADS = env.integer("WEB_THREADS", default=8, low=1, high=64)
WORKER_PROCESSES = env.integer("WORKER_PROCESSES", default=2, low=1, high=64)

# --- queue: a message is a hint that a job row is due, and nothing is lost with it ----------------
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "redis+socket"))
CELERY_BROKER_URL = REDIS_URL or ("memory://" if IS_TEST else broker.url(DATA_DIR))
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a worker that gave up would have to be seen
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # How long a stopped broker may delay a hand-in (a dead one refuses at once).
    "socket_timeout": 0.25,
    "socket_connect_timeout": 0.25,
    "max_retries": 0,
    # A killed worker's message comes back after this; the sweeper has graded its job long before.
    "visibility_timeout": 120,
    "unacked_restore_interval": 30,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "watchers"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A grader that outlives its lease is stopped: another worker has the job by then.
CELERY_TASK_SOFT_TIME_LIMIT = GRADING_LEASE.total_seconds()
CELERY_TASK_TIME_LIMIT = GRADING_LEASE.total_seconds() + 5
CELERY_WORKER_CONCURRENCY = WORKER_PROCESSES
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # nobody sends commands; one open door less
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
# The plain scheduler keeps its state in memory: no file to lose or to break.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "exercises.sweep",
        "schedule": GRADING_SWEEP_S,
        "options": {"expires": GRADING_SWEEP_S},  # a slow worker must not find a heap of sweeps
    },
    "regrade": {
        "task": "exercises.regrade",
        "schedule": GRADING_SWEEP_S,
        "options": {"expires": GRADING_SWEEP_S, "priority": 9},
    },
    "reveal_closed": {
        "task": "exercises.reveal_closed",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # By the clock: an interval would start anew with every start of a site that runs by day only.
    "purge": {
        "task": "exercises.purge",
        "schedule": crontab(minute="17"),
        "options": {"expires": 3600},
    },
    "purge_accounts": {
        "task": "accounts.purge",
        "schedule": crontab(minute="37"),
        "options": {"expires": 3600},
    },
}
