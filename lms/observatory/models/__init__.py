"""What the observatory keeps in the site's database; telemetry itself lies in its store."""

from lms.observatory.models.level_switch import LevelSwitch
from lms.observatory.models.write_key import WriteKey

__all__ = ["LevelSwitch", "WriteKey"]
