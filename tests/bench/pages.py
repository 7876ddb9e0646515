"""Does every page of the dashboard answer in time over many records, with few queries?

A database of its own is filled as the product would fill it, and kept with `--keep` for the next
run of as many records. Then an administrator and a member of one customer ask for every page.
"""

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests import postgres
from tests.bench import machine, results
from tests.bench.cores import Cores
from tests.bench.output import say
from tests.bench.page_times import PageTime

RUNS = 3
MEDIAN_MS_MAX = 500.0
QUERIES_MAX = 12
DAYS_MAX = 400


def main(options: argparse.Namespace, layout: Cores, known: dict[str, str]) -> int:
    folder = results.BENCH / f"pages-{options.records}"
    server = postgres.TestServer(folder)
    try:
        about = _database(server, folder / "objects.json", options)
        times = _measured(about, options)
    finally:
        _close_connections()
        server.stop()
        if not options.keep:
            shutil.rmtree(folder)
    text = _text(times, options.records, machine.paragraph(known))
    results.write("pages", text, {"machine": known, "times": times})
    return 0 if all(map(_is_fine, times)) else 1


def _database(
    server: postgres.TestServer, objects: Path, options: argparse.Namespace
) -> dict[str, str]:
    """Ids of objects that pages are about, in a database that is there or made now."""
    is_there = objects.exists()
    make = postgres.database_url if is_there else postgres.create_database
    url = make(server.url, "pages")
    os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="controlplane.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    if not is_there:
        objects.write_text(json.dumps(_fill(options)))
    # The day that the database was made is over, if it was made by another run.
    from controlplane.usage.services import sum_up_days

    sum_up_days(days_max=DAYS_MAX)
    from tests.bench import page_objects

    return {**json.loads(objects.read_text()), "request": page_objects.newest()}


def _fill(options: argparse.Namespace) -> dict[str, str]:
    from tests.bench import page_objects
    from tests.bench.page_records import write_records

    now = datetime.now(UTC)
    page_objects.create_owners()
    page_objects.create_offers()
    write_records(options.records, now)
    page_objects.create_some_budgets(options.budgets, now)
    return page_objects.create_the_rest(now)


def _measured(about: dict[str, str], options: argparse.Namespace) -> list[PageTime]:
    from tests import dashboard_pages
    from tests.bench import page_objects, page_times

    times = []
    loads = [path.format_map(about) for path in dashboard_pages.LOADS]
    for viewer in page_objects.VIEWERS:
        client = page_times.browser_of(viewer)
        for path in [*loads, *dashboard_pages.paths(**about)]:
            if options.only in path:
                times.append(page_times.measure(client, viewer, path, RUNS))
                say(_line(times[-1]))
                if options.explain:
                    _tell_slowest(page_times.slowest_queries(client, path))
    return times


def _tell_slowest(queries: Sequence[tuple[float, str]]) -> None:
    for seconds, sql in queries[:5]:
        say(f"    {1000 * seconds:6.0f} ms  {sql[:200]}")


def _is_fine(each: PageTime) -> bool:
    is_fast = each.median <= MEDIAN_MS_MAX and each.queries <= QUERIES_MAX
    return is_fast and each.status < (400 if each.viewer == "administrator" else 500)


def _text(times: Sequence[PageTime], records: int, on: str) -> str:
    head = [
        f"# Every page over {records:,} usage records\n",
        on + "\n",
        "| viewer | page | status | ms, median | ms, worst | ms of CPU | queries | kB |  |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *map(_line, sorted(times, key=lambda each: -each.median))]) + "\n"


def _line(each: PageTime) -> str:
    cells = (
        each.viewer,
        f"`{each.path}`",
        str(each.status),
        f"{each.median:,.0f}",
        f"{each.worst:,.0f}",
        f"{each.cpu_ms:,.0f}",
        str(each.queries),
        f"{each.bytes / 1000:,.0f}",
        "" if _is_fine(each) else "missed",
    )
    return f"| {' | '.join(cells)} |"


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
