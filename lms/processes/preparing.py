"""What must be true before the site serves: the tables, the static files, and who may not exist."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], None]


class NotReady(Exception):
    """The site may not start; the message is a sentence for the terminal."""


def prepare(*, say: Say) -> None:
    """Bring tables and static files up to date; cheap when they are. Safe to repeat."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(say=say)
    collect_static(say=say)
    refuse_demo_accounts()


def migrate(*, say: Say) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Creating or changing the database's tables.")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static(*, say: Say) -> None:
    """Collect static files when one of them, or Django, is not the one of the last time."""
    stamp = Path(settings.STATIC_ROOT, ".collected")
    state = _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    say("Collecting the static files.")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state)


def refuse_demo_accounts() -> None:
    """Raise NotReady on a server where one of a local start's accounts can still sign in."""
    if not settings.IS_SERVER:
        return
    active = get_user_model().objects.filter(is_demo=True, is_active=True).count()
    if active:
        raise NotReady(
            f"{active} demo accounts are active in this database, and their passwords lie in a "
            "file. Run `python manage.py deactivate_demo_accounts`, then start again."
        )


def _static_state() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            state = Path(storage.path(path)).stat()
            digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
