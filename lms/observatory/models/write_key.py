"""Keys with which others than the site send telemetry."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from lms.observatory.records import SITE

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVE_MAX: Final = 1_000
"""Keys that count at a time; the collector keeps all of them in memory."""
_DIGEST_LENGTH: Final = 64


def digest_of(key: str) -> str:
    """Give the digest under which a key is stored.

    A plain hash: a key is 32 random bytes, which nobody guesses from a digest, and it is looked up
    by every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()


class WriteKeyQuerySet(models.QuerySet["WriteKey"]):
    def live(self) -> WriteKeyQuerySet:
        return self.filter(revoked_at=None)

    def tenants(self) -> Mapping[str, str]:
        """Give the tenant of each live key by the key's digest, the newest LIVE_MAX of them."""
        newest = self.live().order_by("-pk").values_list("digest", "name")
        return dict(newest[:LIVE_MAX])

    def revoke(self) -> int:
        """End the live keys among these; give how many that were."""
        return self.live().update(revoked_at=now())


class WriteKey(models.Model):
    """A key and the tenant that it writes to. The key itself was shown once and is not kept.

    Two live keys of one name write to one tenant, so that one can take the other's place.
    """

    name = models.CharField(
        _("tenant"),
        max_length=50,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9-]*\Z",
                _("Use small letters, digits and hyphens, beginning with a letter."),
            )
        ],
    )
    digest = models.CharField(_("digest"), max_length=_DIGEST_LENGTH, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = WriteKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("telemetry key")
        verbose_name_plural = _("telemetry keys")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name__in=["", SITE]),
                name="write_key_has_a_name_of_its_own",
                violation_error_message=_("This name is the site's own."),
            ),
            models.CheckConstraint(
                condition=Exact(Length("digest"), _DIGEST_LENGTH), name="write_key_is_a_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


def make_key(name: str) -> tuple[WriteKey, str]:
    """Store a new key of a tenant; give the row and the key, which nothing can give again.

    Raises ValidationError when the name cannot be a tenant's.
    """
    key = f"wk_{secrets.token_urlsafe(32)}"
    row = WriteKey(name=name, digest=digest_of(key))
    row.full_clean()
    row.save()
    return row, key
