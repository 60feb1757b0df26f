"""Making a backup while the site runs."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from lms.backups import archive, keys
from lms.backups.archive import Manifest
from lms.backups.base import BackupRefused, Store

_PATTERN: Final = "watchers-[0-9]*T[0-9]*Z.tar"
_UNFINISHED: Final = ".watchers-unfinished-"


def back_up(
    *, store: Store, folder: Path, with_secrets: bool = True, prefix: str = "watchers"
) -> Path:
    """Write one moment of the site into a new file of the folder and give its path.

    The file appears whole or not at all, with mode 600. Raises BackupRefused.
    """
    made_at = datetime.now(UTC)
    path = folder / f"{prefix}-{made_at:%Y%m%dT%H%M%SZ}.tar"
    try:
        with _workplace(folder) as workplace:
            dump = workplace / store.member
            contents = store.dump(dump)
            files = {store.member: dump, **(keys.files() if with_secrets else {})}
            manifest = Manifest(
                engine=store.engine,
                made_at=made_at,
                site_version=settings.VERSION,
                migrations=contents.migrations,
                rows=contents.rows,
                key_marks=keys.marks(),
                members={name: archive.describe(source) for name, source in files.items()},
            )
            archive.write(workplace / path.name, manifest, files)
            _publish(workplace / path.name, path)
    except OSError as error:
        raise BackupRefused(
            f"The backup could not be written to {folder} ({error.strerror}). Nothing of it is "
            "left there. Make room, or name another folder."
        ) from None
    return path


def forget_older(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups of a folder; copies made before a restore stay."""
    # The time stands in the name, so the order of names is the order of time.
    older = sorted(folder.glob(_PATTERN), reverse=True)[keep:]
    for path in older:
        path.unlink()
    return older


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a folder on the same disk that is gone after the block. One backup at a time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".watchers-backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(
                f"Another backup is being written to {folder}. Wait for it, then repeat."
            ) from None
        for left in folder.glob(f"{_UNFINISHED}*"):  # of a backup that was killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder) as workplace:
            yield Path(workplace)


def _publish(finished: Path, path: Path) -> None:
    try:
        os.link(finished, path)  # unlike a rename it never overwrites
    except FileExistsError:
        raise BackupRefused(f"{path} exists already. Wait a second, then repeat.") from None
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
