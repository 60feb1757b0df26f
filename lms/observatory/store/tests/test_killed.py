"""A writer in another process, which is killed; and readers that fork."""

import os
import signal
import subprocess
import sys

import pytest

from lms.observatory.store.sqlite.files import segments
from lms.observatory.store.sqlite.reader import SqliteReader
from lms.observatory.store.tests.making import OPERATOR, SqliteStore, all_lines, line
from lms.observatory.store.tests.making import lines as lines_of

WRITER = """
import sys
from pathlib import Path
from lms.observatory.records import Batch, LogRecord, Span
from lms.observatory.store.sqlite.keeper import SqliteKeeper

keeper = SqliteKeeper(Path(sys.argv[1]), keep_days=30, most_bytes=3_000_000)
for n in range(100_000):
    spans = [Span(f"{n:032x}", f"{m:016x}", "", "GET", n + 1, 1) for m in range(1, 21)]
    lines = [LogRecord(n + 1, 9, f"line {n} {m}", trace_id=f"{n:032x}") for m in range(20)]
    keeper.write([Batch("site", spans, lines)])
    print(n, flush=True)
"""


@pytest.mark.process
def test_what_is_acknowledged_can_be_read_elsewhere_and_outlives_a_kill(tmp_path):
    acknowledged, reader = -1, SqliteReader(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "lms.settings"},
    ) as process:  # fmt: skip
        for told in process.stdout:
            acknowledged = int(told)
            if acknowledged % 50 == 0:
                assert len(reader.trace(OPERATOR, f"{acknowledged:032x}").spans) == 20
                assert reader.state().logs.rows >= 20 * (acknowledged + 1)
            if acknowledged == 150:
                process.send_signal(signal.SIGKILL)

    store = SqliteStore(tmp_path)
    assert acknowledged >= 150
    assert store.state().segments >= 2
    for n in range(acknowledged + 1):
        assert len(store.trace(OPERATOR, f"{n:032x}").spans) == 20
    lines = all_lines(store)
    assert len(lines) == store.state().logs.rows
    assert {one.time_ns for one in lines} >= set(range(1, acknowledged + 2))
    assert len(lines) % 20 == 0  # whole transactions only
    store.write([lines_of(line("the next writer's"))])
    assert len(all_lines(store)) == len(lines) + 1
    assert all(file.is_whole for file in segments(tmp_path / "segments")[:-1])
    store.close()


@pytest.mark.process
def test_a_forked_reader_opens_files_of_its_own(tmp_path):
    store = SqliteStore(tmp_path)
    store.write([lines_of(line("said"))])
    assert all_lines(store)

    if not (child := os.fork()):
        try:
            found = [one.body for one in all_lines(store)]
            os._exit(0 if found == ["said"] and len(store.reader._shelves._idle) == 1 else 1)
        finally:
            os._exit(2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.close()
