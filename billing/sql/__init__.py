"""The ledger's atomic statements, one named `.sql` file each, without a driver.

Parameters are psycopg's `%(name)s`. Only these statements write balances, allowances, buckets and
usage records, whoever runs them.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def statement(name: str) -> str:
    """The text of `name.sql`."""
    return (FOLDER / f"{name}.sql").read_text()
