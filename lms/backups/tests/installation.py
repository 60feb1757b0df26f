"""An installation of the stored database, on which commands are run as an operator does."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from lms.database.tests import stored_copies
from lms.testing.site import environment_for, manage

VERSION = "v0_1"


@dataclass
class Installation:
    """A data folder and a database; `run` gives what the command printed and its exit code."""

    engine: str
    data_dir: Path
    url: str
    more: dict[str, str] = field(default_factory=dict)

    @classmethod
    def stored(cls, engine, data_dir):
        made = cls(engine, data_dir, stored_copies.lay_out(VERSION, engine, data_dir))
        # Made at the first start of a site, as the telemetry is by the collector.
        (data_dir / "secrets" / "otlp_key").write_text(f"collector-key-of-{data_dir}")
        (data_dir / "telemetry" / "segments").mkdir(parents=True)
        (data_dir / "telemetry" / "state.sqlite3").write_text("canary of telemetry")
        return made

    @classmethod
    def empty(cls, engine, data_dir):
        return cls(engine, data_dir, stored_copies.fresh_address(engine, data_dir))

    def run(self, *arguments, **more):
        named = {"DATABASE_URL": self.url, **self.more, **more}
        done = manage(*arguments, environment=environment_for(self.data_dir, **named))
        return done.returncode, done.stdout + done.stderr

    def back_up(self, *options):
        """Make a backup and give its path."""
        code, said = self.run("backup", *options)
        assert code == 0, said
        return Path(re.search(r"Backed up to (\S+)", said)[1])

    def restore(self, path, *options, **more):
        return self.run("restore", str(path), *options, **more)

    def secrets(self):
        return {path.name: path.read_text() for path in (self.data_dir / "secrets").iterdir()}
