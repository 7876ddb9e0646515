"""Does a report cost more over many records? A month of them, a hundred thousand to ten million.

The largest takes about ten minutes to write and some ten gigabytes of the temporary folder. A
report's time is the median of three, through the same functions that the REST API calls.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tests import postgres
from tests.bench import results
from tests.bench.output import say

RECORDS = (10**5, 10**6, 10**7)
RUNS = 3
PROMISED_MS = 1000.0
MONTH = {"from": "2026-10-01", "to": "2026-10-31"}
BUSY = {"customer": "customer-3"}

# By what a month is summed up, and more parameters. The first ones are promised to take less than
# a second.
PROMISED = 4
SUMMARIES: Sequence[tuple[str, Mapping[str, str]]] = (
    ("customer", {}),
    ("customer,model", {}),
    ("day", {}),
    ("customer,day,model", {}),
    ("customer,day,model", {"tz": "Europe/Berlin"}),
    ("customer,day,model", {"tz": "Asia/Kolkata"}),
    ("virtual_key", {}),
    ("metadata.feature", {}),
    ("customer,metadata.team_internal_billing_code", {}),
    ("day", {"metadata.feature": "chat"}),
    ("metadata.trace", {}),
    ("virtual_key,day", BUSY),
    ("metadata.feature,model", BUSY),
)


@dataclass(frozen=True)
class Timing:
    """How long one report took over so many records."""

    report: str
    records: int
    milliseconds: float


def main(records_max: int = RECORDS[-1]) -> int:
    timings: list[Timing] = []
    server = postgres.TestServer()
    try:
        _set_up_django(postgres.create_database(server.url, "reports"))
        for records in RECORDS:
            if records <= records_max:
                timings += _measured(records)
    finally:
        _close_connections()
        server.stop()
    results.write("scale-reports", _text(timings), {"timings": timings})
    return 0 if all(timing.milliseconds < PROMISED_MS for timing in _promised(timings)) else 1


def _set_up_django(url: str) -> None:
    os.environ.update(
        DATABASE_URL=url,
        DJANGO_SETTINGS_MODULE="controlplane.settings",
        PURSER_REPORT_SECONDS_MAX="600",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _measured(records: int) -> list[Timing]:
    from tests.bench.scale_records import write_month

    write_month(records)
    timings = []
    for name, report in _reports().items():
        say(f"{records:,} records: {name}")
        timings.append(Timing(name, records, _median_ms(report)))
    return timings


def _reports() -> dict[str, Callable[[], object]]:
    from controlplane.usage import exports
    from controlplane.usage.dimensions import read_dimensions
    from controlplane.usage.parameters import read_filter
    from controlplane.usage.queries import record_page
    from controlplane.usage.summary import summarise

    month = _parameters({})
    reports: dict[str, Callable[[], object]] = {}
    for group_by, more in SUMMARIES:
        name = " ".join([f"sums by {group_by}", *(f"{key}={value}" for key, value in more.items())])
        records, dimensions = read_filter(_parameters(more)), read_dimensions([group_by])
        reports[name] = lambda records=records, dimensions=dimensions: summarise(
            records, dimensions
        )
    reports["list, first page"] = lambda: record_page(read_filter(month), limit=101)
    busy = read_filter(_parameters(BUSY))
    reports["list of a customer, first page"] = lambda: record_page(busy, limit=101)
    encode = exports.FORMATS["csv"].encode
    reports["export, first page"] = lambda: list(
        islice(encode(exports.pages(read_filter(month))), 2)  # the line of names comes first
    )
    return reports


def _parameters(more: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in {**MONTH, **more}.items()}


def _median_ms(report: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        report()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def _promised(timings: Sequence[Timing]) -> list[Timing]:
    names = {f"sums by {group_by}" for group_by, _ in SUMMARIES[:PROMISED]}
    return [timing for timing in timings if timing.report in names]


def _text(timings: Sequence[Timing]) -> str:
    sizes = sorted({timing.records for timing in timings})
    times = {(timing.report, timing.records): timing.milliseconds for timing in timings}
    rows = [
        "| milliseconds over a month of | "
        + " | ".join(f"{size:,}" for size in sizes)
        + " | ratio |",
        "| --- " * (len(sizes) + 2) + "|",
    ]
    for name in dict.fromkeys(timing.report for timing in timings):
        found = [times[name, size] for size in sizes]
        shown = " | ".join(f"{value:,.0f}" for value in found)
        rows.append(f"| {name} | {shown} | {found[-1] / found[0]:.1f} |")
    return "# A report over few and over many records\n\n" + "\n".join(rows) + "\n"
