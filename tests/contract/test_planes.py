"""The data plane stands without Django, and its statements fit the schema."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from billing.sql import statement

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


@pytest.mark.parametrize("name", SQL)
def test_every_statement_of_the_ledger_fits_the_schema(name: str, database: str):
    text = statement(name).replace("%%", "%")
    for number, parameter in enumerate(dict.fromkeys(PARAMETER.findall(text)), start=1):
        text = text.replace(f"%({parameter})s", f"${number}")

    with psycopg.connect(database) as connection:
        connection.execute(f"PREPARE checked AS {text}")
