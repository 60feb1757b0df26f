"""Copies of the stored databases, to be migrated, opened and thrown away."""

import json
import lzma
import os
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import ConnectionHandler, connections

from lms.database.address import database_from
from lms.database.tests.make_stored_database import KEYS, STORED


def about(version, engine):
    """Give what the stored database holds, as its maker wrote it down."""
    return json.loads((STORED / f"{version}.json").read_text())[engine]


def lay_out(version, engine, data_dir):
    """Make a data folder with the stored keys and rows; give its DATABASE_URL."""
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, mode=0o700)
    for name, key in KEYS.items():
        (folder / name.lower()).write_text(key)
    if engine == "postgresql":
        return _loaded(version)
    path = data_dir / "watchers.sqlite3"
    path.write_bytes(lzma.decompress((STORED / f"{version}.sqlite3.xz").read_bytes()))
    return f"sqlite://{path}"


def fresh_address(engine, data_dir):
    """Give the DATABASE_URL of a database that is not there yet, or is empty."""
    if engine == "sqlite":
        return f"sqlite://{data_dir / 'watchers.sqlite3'}"
    address = os.environ["DATABASE_URL"]
    name = f"copy_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlsplit(address)._replace(path=f"/{name}").geturl()


def _loaded(version):
    url = fresh_address("postgresql", None)
    statements = lzma.decompress((STORED / f"{version}.sql.xz").read_bytes())
    command = [shutil.which("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    subprocess.run(command, check=True, input=statements, stdout=subprocess.DEVNULL)
    return url


@contextmanager
def site_on(url):
    """Let this thread's site read and write the database of the address."""
    before = connections["default"]
    # The address without a scheme of SQLite's is of no use: nothing falls back to a data folder.
    handler = ConnectionHandler({"default": database_from(url, data_dir=settings.TEST_DIR)})
    connections["default"] = handler["default"]
    try:
        yield connections["default"]
    finally:
        connections["default"].close()
        connections["default"] = before
