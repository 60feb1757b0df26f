"""Backups made: what is inside, while people write, and when the disk is full."""

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import closing
from itertools import count

import psycopg
import pytest
from django.conf import settings as site_settings

from lms.backups import archive, sqlite
from lms.backups.backing_up import back_up, forget_older
from lms.backups.base import BackupRefused
from lms.backups.postgresql import PostgresqlStore
from lms.backups.sqlite import SqliteStore
from lms.backups.tests.installation import VERSION, Installation
from lms.database.address import database_from
from lms.database.tests import stored_copies
from lms.testing.site import environment_for


@pytest.fixture
def sqlite_site(tmp_path, settings):
    """A copy of the stored SQLite database as this process's installation."""
    made = Installation.stored("sqlite", tmp_path / "data")
    settings.DATA_DIR = made.data_dir
    return SqliteStore(made.data_dir / "watchers.sqlite3")


def test_a_backup_says_what_it_holds(backup, engine):
    with archive.opened(backup) as opened:
        manifest = opened.manifest

    about = stored_copies.about(VERSION, engine)
    assert manifest.engine == engine
    assert manifest.rows["exercises_submission"] == about["rows"]["exercises.Submission"]
    assert "exercises.0001_initial" in manifest.migrations
    assert {"secrets/secret_key", "secrets/answer_key"} <= manifest.members.keys()


def test_a_backup_holds_no_telemetry_and_no_key_to_the_collector(backup):
    with tarfile.open(backup) as tar:
        names = tar.getnames()

    assert not [name for name in names if "telemetry" in name or "otlp" in name]
    assert b"canary of telemetry" not in backup.read_bytes()


def test_a_backup_is_its_owners_alone(backup):
    with tarfile.open(backup) as tar:
        inside = {header.mode for header in tar}

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert inside == {0o600}


def test_no_key_stands_in_the_manifest(backup):
    with tarfile.open(backup) as tar:
        text = tar.extractfile("manifest.json").read().decode()

    assert "stored-database" not in text


def _write_pairs(execute, *, until, waits):
    """Write into two tables at once, again and again; note how long each took."""
    for number in count():
        if until.is_set():
            return
        began = time.monotonic()
        execute(number)
        waits.append(time.monotonic() - began)


_PAIR = (
    "INSERT INTO django_session VALUES ('written-{0}', '', '2030-01-01 00:00:00')",
    "INSERT INTO accounts_throttle VALUES ('written-{0}', '2030-01-01 00:00:00')",
)


def _on_sqlite(path):
    database = sqlite3.Connection(path, isolation_level=None, timeout=5, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")

    def execute(number):
        statements = ["BEGIN IMMEDIATE", *(one.format(number) for one in _PAIR), "COMMIT"]
        for statement in statements:
            database.execute(statement)

    return database, execute


def _on_postgresql(url):
    database = psycopg.connect(url)

    def execute(number):
        for statement in _PAIR:
            database.execute(statement.format(number))
        database.commit()

    return database, execute


def _backed_up_while_writing(store, folder, execute):
    """Give the manifest, the writes before and during the backup, and the longest one's seconds."""
    until, waits = threading.Event(), []
    writer = threading.Thread(target=_write_pairs, args=[execute],
                              kwargs={"until": until, "waits": waits})  # fmt: skip
    writer.start()
    while len(waits) < 5:
        time.sleep(0.001)
    before = len(waits)
    try:
        path = back_up(store=store, folder=folder)
    finally:
        during = len(waits) - before
        until.set()
        writer.join()
    with archive.opened(path) as opened:
        return opened.manifest, during, max(waits)


@pytest.mark.race
def test_people_write_while_a_backup_is_made(sqlite_site, tmp_path, monkeypatch):
    path = tmp_path / "data" / "watchers.sqlite3"
    database, execute = _on_sqlite(path)
    database.execute("CREATE TABLE ballast AS SELECT randomblob(1000000) AS noise FROM"
                     " exercises_auditevent")  # fmt: skip
    steps = []
    monkeypatch.setattr(sqlite.time, "sleep", lambda _s: steps.append(1) or time.monotonic())
    with closing(database):
        manifest, during, longest_s = _backed_up_while_writing(sqlite_site, tmp_path, execute)

    assert len(steps) > 20
    assert during > 5
    assert longest_s < 1
    assert manifest.rows["django_session"] == manifest.rows["accounts_throttle"] >= 5


@pytest.mark.postgres
def test_people_write_while_postgresql_is_dumped(tmp_path, settings):
    made = Installation.stored("postgresql", tmp_path / "data")
    settings.DATA_DIR = made.data_dir
    store = PostgresqlStore(database_from(made.url, data_dir=tmp_path), programs="")
    database, execute = _on_postgresql(made.url)
    with closing(database):
        manifest, during, longest_s = _backed_up_while_writing(store, tmp_path, execute)

    assert during > 5
    assert longest_s < 1
    assert manifest.rows["django_session"] == manifest.rows["accounts_throttle"] >= 5


def test_a_full_disk_leaves_no_file(tmp_path):
    made = Installation.stored("sqlite", tmp_path / "data")
    folder = tmp_path / "backups"
    for limit_bytes in (50_000, 450_000):  # the copy of the database does not fit; the tar does not
        done = subprocess.run(
            [sys.executable, "manage.py", "backup", "--folder", str(folder)],
            check=False, cwd=site_settings.BASE_DIR, capture_output=True, text=True,
            env=environment_for(made.data_dir),
            preexec_fn=lambda limit=limit_bytes: resource.setrlimit(
                resource.RLIMIT_FSIZE, (limit, limit)
            ),
        )  # fmt: skip

        assert done.returncode == 1
        assert "CommandError: The " in done.stderr
        assert [path.name for path in folder.iterdir()] == [".watchers-backup.lock"]


def test_nothing_is_overwritten(sqlite_site, tmp_path, monkeypatch):
    path = back_up(store=sqlite_site, folder=tmp_path)
    monkeypatch.setattr("lms.backups.backing_up.datetime", _Stopped(archive_time(path)))

    with pytest.raises(BackupRefused, match="exists already"):
        back_up(store=sqlite_site, folder=tmp_path)


def archive_time(path):
    with archive.opened(path) as opened:
        return opened.manifest.made_at


class _Stopped:
    """A clock that stands still."""

    def __init__(self, at):
        self._at = at

    def now(self, _zone):
        return self._at


def test_what_a_killed_backup_left_is_cleared(sqlite_site, tmp_path):
    left = tmp_path / ".watchers-unfinished-abc"
    left.mkdir()
    (left / "database.sqlite3").write_bytes(b"half")

    back_up(store=sqlite_site, folder=tmp_path)

    assert not left.exists()


def test_two_backups_at_a_time_are_refused(sqlite_site, tmp_path):
    class Meanwhile(SqliteStore):
        def dump(self, into):
            with pytest.raises(BackupRefused, match="Another backup"):
                back_up(store=sqlite_site, folder=tmp_path)
            return super().dump(into)

    back_up(store=Meanwhile(tmp_path / "data" / "watchers.sqlite3"), folder=tmp_path)


def test_only_the_newest_are_kept_and_other_files_stay(tmp_path):
    names = [f"watchers-2026112{day}T031700Z.tar" for day in range(5)]
    others = ["watchers-before-restore-20200101T000000Z.tar", "notes.tar"]
    for name in [*names, *others]:
        (tmp_path / name).touch()

    forget_older(tmp_path, keep=2)

    assert {path.name for path in tmp_path.iterdir()} == {*names[3:], *others}


def test_a_backup_without_secrets_holds_none(sqlite_site, tmp_path):
    path = back_up(store=sqlite_site, folder=tmp_path, with_secrets=False)

    with archive.opened(path) as opened:
        assert list(opened.manifest.members) == ["database.sqlite3"]


def test_a_server_keeps_its_keys_to_itself(sqlite_site, tmp_path, settings):
    settings.IS_SERVER = True

    path = back_up(store=sqlite_site, folder=tmp_path)

    with archive.opened(path) as opened:
        assert list(opened.manifest.members) == ["database.sqlite3"]


def test_a_missing_database_is_a_sentence(tmp_path):
    with pytest.raises(BackupRefused, match="There is no database at"):
        back_up(store=SqliteStore(tmp_path / "none.sqlite3"), folder=tmp_path)


def test_a_missing_client_program_is_a_sentence(tmp_path):
    settings = database_from("postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path)

    with pytest.raises(BackupRefused, match="set PG_BIN to their folder"):
        PostgresqlStore(settings, programs=str(tmp_path)).dump(tmp_path / "dump")


def test_a_server_that_does_not_answer_is_a_sentence(tmp_path):
    settings = database_from("postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path)

    with pytest.raises(BackupRefused, match="Look whether it runs"):
        PostgresqlStore(settings, programs="").is_empty()


@pytest.mark.postgres
def test_a_client_program_older_than_the_server_is_a_sentence(tmp_path):
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    program.chmod(0o755)
    settings = database_from(os.environ["DATABASE_URL"], data_dir=tmp_path)

    with pytest.raises(BackupRefused, match="cannot dump a newer server"):
        PostgresqlStore(settings, programs=str(tmp_path)).dump(tmp_path / "dump")
