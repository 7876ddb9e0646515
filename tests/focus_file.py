"""`python -m tests.focus_file FILE`: the demo's charges as FOCUS, for a public validator to judge.

From a database of its own, which is gone when the file is there.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests import postgres

DAYS, REQUESTS = 40, 2000


def main(path: Path) -> None:
    server = postgres.TestServer()
    try:
        _open(postgres.create_database(server.url, "focus"))
        path.write_bytes(_charges())
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()


def _open(url: str) -> None:
    os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="controlplane.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _charges() -> bytes:
    from controlplane.demo_data.demo import write_demo_data
    from controlplane.usage.exports import FORMATS, export
    from controlplane.usage.filters import RecordFilter

    write_demo_data(DAYS, REQUESTS, seed=1, now=datetime.now(UTC))
    return b"".join(export(FORMATS["focus"], RecordFilter()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
