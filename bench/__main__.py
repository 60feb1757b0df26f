"""`python -m bench [a ... i] [--quick]`: measure the site and print tables; asserts nothing."""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
_PARTS = "abcdefghi"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="a, b, c, d, e, f, g, h, i; all without one"
    )
    parser.add_argument("--quick", action="store_true", help="few of each: does the bench work?")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.parts) - set(_PARTS)):
        parser.error(f"no such part: {', '.join(unknown)}; choose from {', '.join(_PARTS)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="watchers-bench-") as folder:
        # Before the settings are read, which make their secrets in the data folder.
        os.environ["WATCHERS_DATA"] = folder
        import django  # noqa: PLC0415

        django.setup()
        from bench import machine  # noqa: PLC0415
        from bench.measuring import PARTS, QUICK, Scale  # noqa: PLC0415

        print("\n".join(machine.lines()), flush=True)
        for name in chosen.parts or _PARTS:
            PARTS[name](Path(folder), QUICK if chosen.quick else Scale())
    print(f"\nThe bench took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
