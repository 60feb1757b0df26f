"""Putting a backup in the place of what a stopped site holds."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import get_commands
from django.db.migrations.loader import MigrationLoader

from lms.backups import archive, keys
from lms.backups.archive import Manifest
from lms.backups.backing_up import back_up
from lms.backups.base import BackupRefused, Contents, Store, Unreadable
from lms.processes import reserving

Say = Callable[[str], None]

_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_LINES_SHOWN: Final = 20


class FoundWrong(Exception):
    """The rows are restored, and the site's own checks complain. The message: about what."""


def restore(*, store: Store, path: Path, replace: bool, say: Say) -> None:
    """Put a backup's rows and keys in place of the stopped site's, which stay on any failure.

    replace: over rows that people made; these are kept in a file of their own first. Raises
    BackupRefused, and FoundWrong when all is restored and `verify` found something.
    """
    try:
        with _site_stopped(), archive.opened(path) as backup, _workplace(path) as folder:
            _refuse_unfit(backup.manifest, store)
            is_empty = store.is_empty()
            if not (is_empty or replace):
                raise BackupRefused(
                    "This site's database is not empty. Restore into another WATCHERS_DATA, or "
                    "repeat with --replace: it keeps a copy of what is there."
                )
            backup.unpack(folder)
            store.refuse_if_used()
            if not is_empty:
                _keep_what_is_there(store, folder=path.parent, say=say)
            say("Restoring the database.")
            with store.replaced(folder / store.member) as staged:
                _compare(staged.contents, backup.manifest)
                _migrate(staged.environment, say=say)
            keys.install(folder)
    except OSError as error:
        raise BackupRefused(
            f"The backup could not be restored ({error.strerror}: {error.filename}). Look for "
            "room and the right to write there and beside the backup, then repeat."
        ) from None
    for sentence in keys.sentences_on_change(backup.manifest.key_marks):
        say(sentence)
    _verify(say=say)


@contextmanager
def _site_stopped() -> Iterator[None]:
    """Hold the data folder, so that no site starts on half a database."""
    try:
        lock = reserving.reserve_folder(settings.DATA_DIR)
    except reserving.Taken as taken:
        raise BackupRefused(str(taken)) from None
    with lock:
        yield


@contextmanager
def _workplace(path: Path) -> Iterator[Path]:
    """Give a folder on SQLite's disk, where the new file is renamed, or else on the backup's."""
    database = settings.DATABASES["default"]
    beside = Path(database["NAME"]).parent if "sqlite" in database["ENGINE"] else path.parent
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".watchers-restoring-", dir=beside) as folder:
        yield Path(folder)


def _refuse_unfit(manifest: Manifest, store: Store) -> None:
    if manifest.engine != store.engine:
        raise BackupRefused(
            f"This backup is of {_NAMES[manifest.engine]}, and DATABASE_URL names "
            f"{_NAMES[store.engine]}. Set DATABASE_URL to a database of the backup's kind."
        )
    if store.member not in manifest.members:
        raise BackupRefused("This backup holds no database. Take another one.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ()}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown:
        raise BackupRefused(
            f"This backup comes from version {manifest.site_version}, whose tables this version "
            f"{settings.VERSION} does not know ({unknown[0]}). Update the site, then restore."
        )


def _keep_what_is_there(store: Store, *, folder: Path, say: Say) -> None:
    # Beside the backup: a server's data folder may be gone with its container.
    try:
        kept = back_up(store=store, folder=folder, prefix="watchers-before-restore")
    except Unreadable:
        kept = folder / f"unreadable-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        store.set_aside(kept)
    say(f"What was there is kept in {kept}.")


def _compare(contents: Contents, manifest: Manifest) -> None:
    tables = sorted(contents.rows.keys() | manifest.rows.keys())
    wrong = [one for one in tables if contents.rows.get(one) != manifest.rows.get(one)]
    if wrong:
        raise BackupRefused(
            f"The restored table {wrong[0]} has {contents.rows.get(wrong[0], 'no')} rows where the "
            f"backup counted {manifest.rows.get(wrong[0], 'no')}. Nothing was changed; take "
            "another backup."
        )


def _migrate(environment: Mapping[str, str], *, say: Say) -> None:
    say("Bringing its tables up to date.")
    done = _manage(
        "migrate", "--no-input", "--skip-checks", "--verbosity=0", environment=environment
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise BackupRefused(
            "The backup's tables could not be brought up to date; what was there is still there. "
            "The lines above say why."
        )


def _verify(*, say: Say) -> None:
    if "verify" not in get_commands():
        return
    done = _manage("verify", environment={})
    lines = done.stdout.splitlines()
    say("\n".join(lines[:_LINES_SHOWN]))
    if len(lines) > _LINES_SHOWN:
        say(f"... and {len(lines) - _LINES_SHOWN} more lines: run `manage.py verify` to see them.")
    if done.returncode:
        raise FoundWrong(
            "The backup is restored, row for row, and `manage.py verify` found what the lines "
            "above say. Look into it before people sign in."
        )


def _manage(*arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a process of its own, which reads the keys and the database anew."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        check=False, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment},
    )  # fmt: skip
