"""The keys that belong to the rows: pseudonyms, receipts and signed forms fit no others."""

import hashlib
import hmac
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django.conf import settings

from lms.env import Env
from lms.processes import accounts_file

_COSTS: Final = {
    "SECRET_KEY": "open pages must be loaded again and people sign in again",
    "PSEUDONYM_KEY": "telemetry knows people under new names",
    "ANSWER_KEY": "the hashes on earlier receipts cannot be checked",
}
_SECRETS: Final = "secrets"
_NAME: Final = re.compile(r"[a-z0-9_]{1,60}")
# The key to the collector fits no row: each installation makes its own. In a backup it would let
# whoever restores one write into the telemetry of the site that runs.
_OF_NO_ROW: Final = frozenset({"otlp_key"})


def files() -> dict[str, Path]:
    """Give what the data folder keeps besides rows, by member name; nothing on a server."""
    if settings.IS_SERVER:
        return {}
    folder = settings.DATA_DIR / _SECRETS
    found = {
        f"{_SECRETS}/{path.name}": path
        for path in sorted(folder.glob("*"))
        if path.is_file() and _NAME.fullmatch(path.name) and path.name not in _OF_NO_ROW
    }
    accounts = accounts_file.place(settings.DATA_DIR)
    return {**found, accounts.name: accounts} if accounts.exists() else found


def marks() -> dict[str, str]:
    """Give a mark of each key that holds: equal keys have equal marks."""
    return {name: _mark(_value(name)) for name in _COSTS}


def install(folder: Path) -> None:
    """Put unpacked files in the place of the data folder's own, each at once."""
    if settings.IS_SERVER:
        return
    accounts = accounts_file.place(settings.DATA_DIR)
    accounts.unlink(missing_ok=True)  # its accounts went with the rows
    keys = sorted(path for path in folder.glob(f"{_SECRETS}/*") if path.name not in _OF_NO_ROW)
    for source in [*keys, *folder.glob(accounts.name)]:
        target = settings.DATA_DIR / source.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_name(f"{target.name}.restored")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        draft.replace(target)


def sentences_on_change(earlier: Mapping[str, str]) -> list[str]:
    """Say for each key that is not the backed-up site's what that costs and how to mend it."""
    now = marks()
    return [
        f"{name} is not the key of the backed-up site: {cost}. Set {name} to the earlier key to "
        "avoid it."
        for name, cost in _COSTS.items()
        if earlier.get(name) not in {None, now[name]}
    ]


def _value(name: str) -> str:
    """Give a key as a process that starts now would read it."""
    path = settings.DATA_DIR / _SECRETS / name.lower()
    if not settings.IS_SERVER and path.exists() and not Env().text(name):
        return str(path.read_text().strip())
    return str(getattr(settings, name))


def _mark(key: str) -> str:
    return hmac.new(key.encode(), b"watchers backup", hashlib.sha256).hexdigest()[:16]
