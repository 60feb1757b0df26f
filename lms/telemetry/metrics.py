"""Every metric of our own. Names end in their unit; docs/metrics.md explains each.

Labels have a known, small set of values, never a person or an id.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, multiprocess

# A page takes 10 to 100 ms; a write waits up to 10 s.
REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# The objective is 5 s from hand-in to verdict.
WAIT_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)

HTTP_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "Time from a request's arrival at the site to its response.",
    ["method", "route", "status_class"],
    buckets=REQUEST_BUCKETS,
)
HAND_INS = Counter("hand_ins_total", "Stored submissions; practice does not count.", ["counted"])
DRAFTS_SAVED = Counter("drafts_saved_total", "Drafts written.")
HINTS_LOST = Counter(
    "grading_hints_lost_total", "Messages about a due job that no broker took.", ["reason"]
)
JOBS_GRADED = Counter("grading_jobs_graded_total", "Grading jobs that ended with a grade.")
JOBS_GIVEN_UP = Counter(
    "grading_jobs_given_up_total", "Grading jobs that ended without a grade.", ["state"]
)
GRADING_SECONDS = Histogram(
    "grading_run_duration_seconds",
    "Time of one run of a grading job.",
    ["outcome"],
    buckets=WAIT_BUCKETS,
)
QUEUE_WAIT_SECONDS = Histogram(
    "grading_queue_wait_seconds",
    "Time from a job's making to its claim.",
    buckets=WAIT_BUCKETS,
)
VERDICT_DELAY_SECONDS = Histogram(
    "grading_verdict_delay_seconds",
    "Time from a hand-in's receipt to the machine's verdict, released or not.",
    buckets=WAIT_BUCKETS,
)
VERDICTS_MISSED = Counter(
    "grading_verdicts_missed_total", "Hand-ins whose grading was given up after all tries."
)
OLDEST_DUE_JOB_SECONDS = Gauge(
    "grading_oldest_due_job_age_seconds",
    "Age of the oldest job that is due, 0 when none is; set by each sweep.",
    multiprocess_mode="livemostrecent",
)
REVIEWS = Counter("reviews_total", "Grades given by a person.")
RELEASE_AUDITS_DRAWN = Counter(
    "release_audits_drawn_total", "Released parts chosen for a blind look.", ["rule"]
)
RELEASE_SWITCHED = Counter(
    "release_switched_total", "Turns of a part's release, by what it is since.", ["state"]
)
REGRADE_ROWS = Counter(
    "regrade_rows_total", "Rows of regrade batches that were dealt with.", ["step"]
)
REGRADE_SLICE_SECONDS = Histogram(
    "regrade_slice_duration_seconds",
    "Time of one slice of a regrade batch's work.",
    ["state"],
    buckets=WAIT_BUCKETS,
)
REGRADES_FAILED = Counter("regrades_failed_total", "Regrade batches that were given up.")
TASK_SECONDS = Histogram(
    "celery_task_duration_seconds",
    "Time of one run of a Celery task.",
    ["task", "outcome"],
    buckets=WAIT_BUCKETS,
)
WRITE_GATE_SECONDS = Histogram(
    "db_write_gate_wait_seconds",
    "Wait for SQLite's fair write gate.",
    buckets=(0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0),
)
TELEMETRY_DROPPED = Counter(
    "telemetry_dropped_total",
    "Spans and log lines that were not exported.",
    ["signal", "reason"],
)
SEGMENTS_SKIPPED = Counter(
    "telemetry_segments_skipped_total",
    "Reads that went on without a damaged file of stored telemetry.",
)

COLLECTOR_REQUESTS = Counter(
    "collector_requests_total",
    "Requests that the collector answered.",
    ["signal", "status"],
)
COLLECTOR_RECEIVED = Counter(
    "collector_records_received_total",
    "Spans, lines and data points in decoded requests.",
    ["signal"],
)
COLLECTOR_STORED = Counter(
    "collector_records_stored_total",
    "Spans and lines that the store has taken; repeated ones count again.",
    ["signal"],
)
COLLECTOR_REJECTED = Counter(
    "collector_records_rejected_total",
    "Spans, lines and data points that were not stored.",
    ["signal", "reason"],
)
COLLECTOR_WRITE_SECONDS = Histogram(
    "collector_write_duration_seconds",
    "Time from taking waiting requests to their commit: decoding and writing.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0),
)
COLLECTOR_HELD_BYTES = Gauge(
    "collector_held_bytes",
    "Bodies that are being read or wait to be written.",
    multiprocess_mode="livemostrecent",
)
COLLECTOR_FORWARDED = Counter(
    "collector_forwarded_requests_total",
    "Requests that were passed on, or dropped instead.",
    ["signal", "outcome"],
)


def forget_process(pid: int) -> None:
    """Drop the live gauges of a process that ended; its counters stay in the sums."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
