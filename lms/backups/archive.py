"""The file that a backup is: a tar of a manifest, the database and what belongs to it."""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lms.backups.base import BackupRefused

_MANIFEST: Final = "manifest.json"
_MANIFEST_MAX_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024

# Nothing else is ever unpacked: no path leads out of the folder that it is unpacked into.
MemberName = Annotated[
    str,
    StringConstraints(
        pattern=r"^(database\.sqlite3|database\.dump|demo-accounts\.txt|secrets/[a-z0-9_]{1,60})$"
    ),
]


class Member(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """What a backup says of itself.

    rows: count by table. migrations: applied ones, "app.name". key_marks: a keyed hash by setting,
    which tells whether two sites have the same key and not what it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["watchers-backup/1"] = "watchers-backup/1"
    engine: Literal["sqlite", "postgresql"]
    made_at: datetime
    site_version: str
    migrations: list[str]
    rows: dict[str, int]
    key_marks: dict[str, str]
    members: dict[MemberName, Member]


def describe(path: Path) -> Member:
    """Give a file's size and digest, read in chunks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return Member(sha256=digest.hexdigest(), size_bytes=path.stat().st_size)


def write(path: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Write a new backup with mode 600 and see it onto the disk. files: by member name."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
            about = path.with_name(_MANIFEST)
            about.write_text(manifest.model_dump_json(indent=2))
            for name, source in {_MANIFEST: about, **files}.items():
                with source.open("rb") as content:
                    tar.addfile(_header(name, source, manifest.made_at), content)
        target.flush()
        os.fsync(target.fileno())


class Backup:
    """An opened backup whose manifest was read."""

    def __init__(self, tar: tarfile.TarFile, manifest: Manifest, *, path: Path) -> None:
        self.manifest = manifest
        self._tar = tar
        self._path = path

    def unpack(self, folder: Path) -> None:
        """Write every member below an existing folder; each is what its digest says.

        Raises BackupRefused before a wrong member could be used.
        """
        for name, member in self.manifest.members.items():
            target = folder / name
            target.parent.mkdir(exist_ok=True, mode=0o700)
            descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file, _content(self._tar, name) as content:
                if content is None or _copied(content, file) != member:
                    raise damaged(self._path, f"{name} is not what was written")


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Give a backup for reading. Raises BackupRefused."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield Backup(tar, _manifest(tar, path), path=path)
    except FileNotFoundError:
        raise BackupRefused(f"There is no file {path}. Name the backup to restore.") from None
    except (tarfile.TarError, EOFError):
        raise damaged(path, "it is cut off or no backup") from None


def damaged(path: Path, why: str) -> BackupRefused:
    return BackupRefused(f"{path} cannot be trusted: {why}. Nothing was changed; take another one.")


def _manifest(tar: tarfile.TarFile, path: Path) -> Manifest:
    with _content(tar, _MANIFEST) as content:
        text = content.read(_MANIFEST_MAX_BYTES) if content else b""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError:
        raise damaged(path, "it has no manifest of a format that this version reads") from None


@contextmanager
def _content(tar: tarfile.TarFile, name: str) -> Iterator[IO[bytes] | None]:
    try:
        header = tar.getmember(name)
    except KeyError:
        yield None
        return
    content = tar.extractfile(header) if header.isreg() else None
    try:
        yield content
    finally:
        if content:
            content.close()


def _copied(content: IO[bytes], file: IO[bytes]) -> Member:
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(_CHUNK_BYTES):
        digest.update(chunk)
        size += file.write(chunk)
    return Member(sha256=digest.hexdigest(), size_bytes=size)


def _header(name: str, source: Path, made_at: datetime) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = source.stat().st_size
    header.mode = 0o600
    header.mtime = int(made_at.timestamp())
    return header
