"""What the worker does for people's accounts."""

from celery import shared_task
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.sessions.backends.db import SessionStore

from lms.accounts import throttle

# Mails to one address: three at once, one more each ten minutes. Nobody is told, as with any other.
MAILS_BURST = 3
MAILS_PER_S = 1 / 600


@shared_task(name="accounts.send_reset", ignore_result=True)
def send_reset(email: str, host: str, is_secure: bool) -> None:  # noqa: FBT001 - JSON arguments
    """Send the reset mail if somebody has that address."""
    form = PasswordResetForm({"email": email})
    key = f"reset:{email.strip().casefold()}"
    if form.is_valid() and not throttle.take(key, per_s=MAILS_PER_S, burst=MAILS_BURST):
        form.save(
            domain_override=host,
            use_https=is_secure,
            subject_template_name="accounts/reset_subject.txt",
            email_template_name="accounts/reset_mail.txt",
        )


@shared_task(name="accounts.purge", ignore_result=True)
def purge() -> None:
    throttle.purge()
    SessionStore.clear_expired()
