"""The demo accounts of an installation, in a file that its owner alone can read."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account with its password, for the terminal only."""

    username: str
    password: str
    about: str


def place(data_dir: Path) -> Path:
    return data_dir / "demo-accounts.txt"


def write(data_dir: Path, accounts: Iterable[Account]) -> None:
    """Write the accounts in the place of earlier ones, with mode 600 from the first byte."""
    path = place(data_dir)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{one.username}\t{one.password}\t{one.about}\n" for one in accounts)


def read(data_dir: Path) -> list[Account]:
    """Give the accounts, none where no demo account was ever made."""
    try:
        lines = place(data_dir).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [Account(*line.split("\t")) for line in lines]
