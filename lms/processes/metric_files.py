"""Where a role's metric files lie: in memory, where the system has a folder for that.

They are mapped into memory. On a full disk the kernel ends whoever touches a page that finds no
room (SIGBUS): web and worker died again and again, and students saw no page at all.
"""

import hashlib
import os
import shutil
import stat
from pathlib import Path

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, and the folder in it is checked to be ours


def fresh_folder(data_dir: Path, role: str) -> Path:
    """Give the role's folder of metric files, emptied: only its own start may do that."""
    folder = (_memory_folder(data_dir) or data_dir / "metrics") / role
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def forget(data_dir: Path) -> None:
    """Free the memory once every role has ended."""
    folder = _memory_folder(data_dir)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _memory_folder(data_dir: Path) -> Path | None:
    """Give the data folder's own place in memory, None where there is none that is ours alone."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    folder = _IN_MEMORY / f"watchers-{os.geteuid()}-{digest}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    # Everybody may write in /dev/shm: somebody else may have made this name, or a link of it.
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return folder if is_ours and stat.S_IMODE(found.st_mode) == stat.S_IRWXU else None
