"""Reading pages: the numbers on them, and the queries behind them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

QUERIES_MAX = 12
TRANSACTION = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b")
NUMBER = re.compile(r'<data value="([^"]*)"[^>]*>([^<]*)</data>')


@contextmanager
def few_queries(most: int = QUERIES_MAX) -> Iterator[None]:
    """No more queries than a page may have; what frames a transaction is none."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [each["sql"] for each in captured if not TRANSACTION.match(each["sql"])]
    shown = "\n".join(sql[:150] for sql in asked)
    assert len(asked) <= most, f"{len(asked)} queries:\n{shown}"


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def part(page: str, start: str, end: str) -> str:
    """What is between two marks of a page."""
    return page.partition(start)[2].partition(end)[0]


def numbers_in(page: str) -> list[tuple[str, str]]:
    """Each number's exact value and its text, in order."""
    return NUMBER.findall(page)


def row_of(page: str, name: str) -> list[str]:
    """The exact values in the table row with this name."""
    for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL):
        head = re.search(r'<th scope="row">(.*?)</th>', row, re.DOTALL)
        if head and name in head[1]:
            return [value for value, _ in numbers_in(row)]
    raise AssertionError(f"No row is called {name}.")
