"""Secrets that a one-machine installation makes for itself, kept in its data folder."""

import contextlib
import os
import secrets
from pathlib import Path


def local_secret(data_dir: Path, name: str, *, keep: bool) -> str:
    """Give the secret of that name, made at first use in data_dir/secrets with mode 600.

    keep=False gives a fresh one each time and writes nothing: for tests.
    """
    if not keep:
        return secrets.token_urlsafe(48)
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def _write_once(path: Path, value: str) -> None:
    """Write a file that appears whole or not at all; of two writers the first one's stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
