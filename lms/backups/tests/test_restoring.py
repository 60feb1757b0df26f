"""Backups put back: into an empty place, over rows, and where it must be refused."""

import json
import shutil
import sqlite3
import tarfile
from contextlib import closing

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from exercises.models import Submission
from lms.accounts.models import User
from lms.backups import archive
from lms.backups.tests.installation import VERSION, Installation
from lms.database.tests import stored_copies
from lms.database.tests.make_stored_database import KEYS, PASSWORD
from lms.processes import reserving


@pytest.fixture
def pages(settings, django_db_blocker):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with django_db_blocker.unblock():
        yield stored_copies.site_on


def _people(pages, installation):
    with pages(installation.url):
        return User.objects.count()


def _rewritten(backup, target, change):
    """Copy a backup with another manifest and true digests: what only a forger could do."""
    with tarfile.open(backup) as tar:
        tar.extractall(target.parent / "unpacked", filter="data")
    about = json.loads((target.parent / "unpacked" / "manifest.json").read_text())
    change(about)
    manifest = archive.Manifest.model_validate_json(json.dumps(about))
    files = {name: target.parent / "unpacked" / name for name in about["members"]}
    archive.write(target, manifest, files)
    return target


@pytest.fixture(scope="module")
def restored(backup, engine, tmp_path_factory):
    """An installation that was never started, with the backup in it, and what was said."""
    made = Installation.empty(engine, tmp_path_factory.mktemp("restored") / "data")
    code, said = made.restore(backup)
    assert code == 0, said
    return made, said


def test_an_empty_installation_serves_what_was_backed_up(restored, engine, pages):
    about = stored_copies.about(VERSION, engine)
    with pages(restored[0].url):
        client = Client()
        signed_in = client.post(
            reverse("accounts:sign_in"), {"name": "reviewed", "password": PASSWORD}
        )
        receipt = about["receipts"]["reviewed"]
        page = client.get(reverse("exercises:submission", args=[about["course"], receipt]))
        assert (signed_in.status_code, page.status_code) == (302, 200)
        assert "Say who could read them." in page.content.decode()
        assert Submission.objects.count() == about["rows"]["exercises.Submission"]


def test_the_keys_come_back_with_the_rows(restored):
    installation, said = restored

    assert {name: installation.secrets()[name.lower()] for name in KEYS} == KEYS
    assert "is not the key" not in said


def test_the_key_to_the_collector_stays_the_site_s_own(backup, engine, tmp_path):
    other = Installation.stored(engine, tmp_path / "other")
    key = other.secrets()["otlp_key"]

    code, said = other.restore(backup, "--replace")

    assert code == 0, said
    assert other.secrets()["otlp_key"] == key


def test_the_restored_rows_are_verified(restored):
    assert "Everything follows from its rows." in restored[1]


def test_rows_without_their_keys_are_restored_with_a_warning(source, empty, pages):
    path = source.back_up("--without-secrets", "--folder", str(empty.data_dir.parent))

    code, said = empty.restore(path)

    assert "ANSWER_KEY is not the key of the backed-up site" in said
    assert (code, _people(pages, empty)) == (1, 17)  # verify finds hashes of another key


def test_rows_are_not_replaced_unasked(backup, engine, tmp_path, pages):
    other = Installation.stored(engine, tmp_path / "other")
    with pages(other.url):
        call_command("migrate", verbosity=0)  # a deletion asks today's tables, not the stored ones
        User.objects.filter(username="full").delete()
    before = _people(pages, other)

    code, said = other.restore(backup)

    assert (code, _people(pages, other)) == (1, before)
    assert "--replace" in said


def test_replaced_rows_are_kept_in_a_file(backup, engine, tmp_path, pages):
    other = Installation.stored(engine, tmp_path / "other")
    with pages(other.url):
        call_command("migrate", verbosity=0)  # a deletion asks today's tables, not the stored ones
        User.objects.filter(username="full").delete()

    code, said = other.restore(shutil.copy(backup, tmp_path), "--replace")

    kept = list(tmp_path.glob("watchers-before-restore-*.tar"))
    assert code == 0, said
    assert len(kept) == 1
    assert str(kept[0]) in said
    with archive.opened(kept[0]) as earlier, pages(other.url):
        assert User.objects.count() == earlier.manifest.rows["accounts_user"] + 1


def test_a_site_that_runs_is_left_alone(backup, empty):
    with reserving.reserve_folder(empty.data_dir):
        code, said = empty.restore(backup)

    assert code == 1
    assert "already runs on the data folder" in said


def test_a_database_that_another_program_uses_is_left_alone(backup, engine, tmp_path, pages):
    other = Installation.stored(engine, tmp_path / "other")
    with pages(other.url):
        before = User.objects.count()  # the connection stays open

        code, said = other.restore(backup, "--replace")

        assert (code, User.objects.count()) == (1, before)
    assert "then restore" in said


def test_another_kind_of_database_is_refused(backup, engine, empty):
    address = "postgresql://nobody@127.0.0.1:1/none" if engine == "sqlite" else ""

    code, said = empty.restore(backup, DATABASE_URL=address)

    assert code == 1
    assert "Set DATABASE_URL to a database of the backup's kind." in said


def test_a_changed_member_is_refused_before_anything_is_touched(backup, empty, tmp_path):
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "changed.tar").write_bytes(content)

    code, said = empty.restore(tmp_path / "changed.tar")

    assert code == 1
    assert "is not what was written" in said
    assert not (empty.data_dir / "watchers.sqlite3").exists()


@pytest.mark.parametrize("share", [0, 0.01, 0.7])
def test_a_backup_that_is_cut_off_is_refused(backup, tmp_path, share):
    content = backup.read_bytes()
    (tmp_path / "short.tar").write_bytes(content[: int(len(content) * share)])

    with (
        pytest.raises(archive.BackupRefused, match="cannot be trusted"),
        archive.opened(tmp_path / "short.tar") as opened,
    ):
        opened.unpack(tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "secrets/../../outside"])
def test_a_member_that_would_leave_the_folder_is_refused(backup, tmp_path, name):
    def add(about):
        about["members"][name] = next(iter(about["members"].values()))

    with pytest.raises(ValueError, match="pattern"):
        _rewritten(backup, tmp_path / "forged.tar", add)


def test_a_backup_of_a_newer_version_is_refused(backup, empty, tmp_path):
    def grow(about):
        about["migrations"].append("exercises.9999_later")

    code, said = empty.restore(_rewritten(backup, tmp_path / "newer.tar", grow))

    assert code == 1
    assert "Update the site" in said


def test_a_restore_that_fails_in_the_middle_leaves_what_was_there(backup, engine, tmp_path, pages):
    other = Installation.stored(engine, tmp_path / "other")
    with pages(other.url):
        call_command("migrate", verbosity=0)  # a deletion asks today's tables, not the stored ones
        User.objects.filter(username="full").delete()
    before, secrets = _people(pages, other), other.secrets()

    def miscount(about):
        about["rows"]["exercises_grade"] += 1

    code, said = other.restore(_rewritten(backup, tmp_path / "odd.tar", miscount), "--replace")

    assert code == 1
    assert "exercises_grade" in said
    assert (_people(pages, other), other.secrets()) == (before, secrets)
    assert not list(other.data_dir.glob(".watchers-*"))


@pytest.mark.postgres
def test_tables_of_a_restore_that_was_cut_off_are_not_dropped(tmp_path, pages):
    other = Installation.stored("postgresql", tmp_path / "other")
    backup = other.back_up()
    with pages(other.url) as database, database.cursor() as cursor:
        cursor.execute("CREATE SCHEMA watchers_replaced")

    code, said = other.restore(backup, "--replace")

    assert (code, _people(pages, other)) == (1, 17)
    assert "has a schema watchers_replaced" in said


def test_an_unreadable_database_is_kept_and_replaced(tmp_path):
    source = Installation.stored("sqlite", tmp_path / "source")
    broken = Installation.stored("sqlite", tmp_path / "broken")
    path = broken.data_dir / "watchers.sqlite3"
    path.write_bytes(b"no database at all, " * 1000)

    backup = source.back_up()

    code, said = broken.restore(backup, "--replace")

    kept = next(backup.parent.glob("unreadable-*/watchers.sqlite3"))
    assert code == 0, said
    assert kept.read_bytes().startswith(b"no database")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM accounts_user").fetchone() == (17,)
