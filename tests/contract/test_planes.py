"""The data plane stands without Django, and its statements fit the schema."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from billing.sql import statement
from tests import ledger

PARAMETER = re.compile(r"%\((\w+)\)s")
SQL = sorted(path.stem for path in (Path(__file__).parents[2] / "billing" / "sql").glob("*.sql"))


def test_the_whole_data_plane_loads_no_django():
    program = (
        "import sys, pkgutil, importlib, dataplane\n"
        "for module in pkgutil.walk_packages(dataplane.__path__, 'dataplane.'):\n"
        "    importlib.import_module(module.name)\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(roots & {'django', 'controlplane'}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


def test_the_tables_a_flush_works_in_fit_the_schema(database: str):
    with psycopg.connect(database) as connection:
        ledger.make_stage(connection)
        with connection.cursor().copy(statement("stage")):
            pass


def test_what_blurs_the_rollup_knows_all_of_its_sums(database: str):
    with psycopg.connect(database) as connection:
        named = "SELECT attname FROM pg_attribute WHERE attrelid = 'usage_rollup'::regclass"
        columns = connection.execute(f"{named} AND attnum > 0 AND NOT attisdropped").fetchall()

    for (name,) in columns:
        assert name in statement("blur_rollup"), name


@pytest.mark.parametrize("name", sorted(set(SQL) - {"stage", "stage_tables"}))
def test_every_statement_of_the_ledger_fits_the_schema(name: str, database: str):
    text = statement(name).replace("%%", "%")
    for number, parameter in enumerate(dict.fromkeys(PARAMETER.findall(text)), start=1):
        text = text.replace(f"%({parameter})s", f"${number}")

    with psycopg.connect(database) as connection:
        ledger.make_stage(connection)
        connection.execute(f"PREPARE checked AS {text}")
