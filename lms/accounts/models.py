"""People."""

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

# No "@": a user name that is another person's e-mail address would stand in her way to sign in.
# ASCII only: two databases fold the case of other letters in two ways, and look-alikes pass as one.
validate_username = RegexValidator(
    r"^[A-Za-z0-9_.+-]+\Z", _("Use the letters a to z, digits and . + - _ only, without spaces.")
)


class User(AbstractUser):
    """A person who signs in by user name or e-mail address."""

    username = models.CharField(
        _("user name"), max_length=150, unique=True, validators=[validate_username]
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    is_demo = models.BooleanField(
        default=False,
        help_text=_("Made for a local start; a server refuses to start with one active."),
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_once", condition=~models.Q(email="")
            ),
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
        ]

    @property
    def pseudonym(self) -> str:
        """The name under which telemetry knows this person: keyed, so that ids cannot be tried."""
        return pseudonym_of(self.pk)


def pseudonym_of(user_id: int) -> str:
    """Give the telemetry pseudonym of a user id: 12 hex digits of a keyed hash."""
    key = settings.PSEUDONYM_KEY.encode()
    return hmac.new(key, f"person:{user_id}".encode(), hashlib.sha256).hexdigest()[:12]


class Throttle(models.Model):
    """One bucket of throttle.py. key: hex digest. full_at: when the bucket is full again."""

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"throttle until {self.full_at:%H:%M:%S}"
