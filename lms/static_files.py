"""Addresses of static files, looked up once per process: a page names twenty of them."""

from functools import lru_cache

from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage; the manifest that it reads at the start never changes under it."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._address_of = lru_cache(maxsize=1024)(super().url)

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's signature
        return str(super().url(name, force) if force else self._address_of(name))
