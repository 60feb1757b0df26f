"""`python -m lms.database.tests.make_stored_database`: make the stored databases of this version.

Made by the models' own rules: the seed course, people of each role, drafts, and submissions in each
state. Writes stored/<version>.sqlite3.xz, .sql.xz (where PostgreSQL is installed) and .json, which
says what is in them. Upgrade tests migrate copies, so a version's files are made once, by that
version's own code, and again only while its migrations are not yet released.
"""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

STORED = Path(__file__).parent / "stored"
ROOT = Path(__file__).resolve().parents[3]
# Known to everyone: they open nothing but the copies that tests make.
KEYS = {
    "SECRET_KEY": "stored-database-secret-key-of-the-tests-and-of-nothing-else",
    "PSEUDONYM_KEY": "stored-database-pseudonym-key-of-the-tests",
    "ANSWER_KEY": "stored-database-answer-key-of-the-tests",
}
PASSWORD = "stored horse battery"
FULL = {"level": {"chosen": ["debug"]}, "why_info": {
    "text": "Disk fills up fast and passwords get written to the log."}}  # fmt: skip
POOR = {"level": {"chosen": ["error"]}, "why_info": {"text": "passwords would be in the logs"}}
DOUBTFUL = {"level": {"chosen": ["debug"]}, "why_info": {
    "text": "The logs would become huge and it is a privacy problem."}}  # fmt: skip
UNREADABLE = {"level": {"chosen": ["debug"]}}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    with tempfile.TemporaryDirectory(prefix="watchers-stored-") as name:
        about = {"sqlite": _made_by_child(Path(name), url="")}
        target = STORED / f"v{'_'.join(about['sqlite']['version'].split('.')[:2])}"
        _write(target.with_suffix(".sqlite3.xz"), _packed(_single_file(Path(name))))
        about |= _made_on_postgresql(target, Path(name))
        _write(target.with_suffix(".json"), json.dumps(about, indent=1).encode() + b"\n")


def _made_on_postgresql(target: Path, data_dir: Path) -> dict[str, Any]:
    from lms.testing import postgresql  # noqa: PLC0415 - needs nothing of the children

    try:
        with postgresql.server() as url:
            about = _made_by_child(data_dir, url=url)
            options = [
                "--no-owner",
                "--no-acl",
                "--no-comments",
                "--inserts",
                "--rows-per-insert=50",
            ]
            done = subprocess.run(["pg_dump", *options, url], check=True, stdout=subprocess.PIPE)
    except postgresql.Missing as missing:
        sys.stderr.write(f"{missing}: no dump for PostgreSQL was made.\n")
        return {}
    _write(target.with_suffix(".sql.xz"), _packed(done.stdout))
    return {"postgresql": about}


def _made_by_child(data_dir: Path, *, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, "fill"]
    environment = {**os.environ, **KEYS, "WATCHERS_DATA": str(data_dir), "DATABASE_URL": url}
    done = subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def _single_file(data_dir: Path) -> bytes:
    path = data_dir / "watchers.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("VACUUM")
    return path.read_bytes()


def _packed(content: bytes) -> bytes:
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def _write(path: Path, content: bytes) -> None:
    STORED.mkdir(exist_ok=True)
    path.write_bytes(content)
    sys.stdout.write(f"{path.name}: {len(content)} bytes\n")


def fill() -> None:
    """Migrate the database of DATABASE_URL, fill it and print what is in it as a line of JSON."""
    import django  # noqa: PLC0415 - in the child, whose environment names the database

    django.setup()
    from lms.database.tests import stored_rows  # noqa: PLC0415 - needs Django set up

    sys.stdout.write(json.dumps(stored_rows.fill()) + "\n")


if __name__ == "__main__":
    fill() if sys.argv[1:] == ["fill"] else main()
