"""Rows of the observatory in the site's database; the telemetry itself lies in its own store."""
