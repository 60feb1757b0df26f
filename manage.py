#!/usr/bin/env python
"""Runs the site's commands."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads every variable; a bad one is a sentence
    except ImproperlyConfigured as error:
        sys.exit(f"{error}.")
    execute_from_command_line(sys.argv)
