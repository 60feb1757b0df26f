"""`manage.py deactivate_demo_accounts`: a local installation becomes a server."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Lock every account that a local start made; their work stays."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = get_user_model().objects.filter(is_demo=True).update(is_active=False)
        self.stdout.write(f"{changed} demo accounts are locked.")
