"""How log lines look, and how an outage is kept from flooding them."""

import logging
import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from controlplane.logs import LineFormatter, OnceAMinute, logging_settings


def record(level: int = logging.WARNING, *, at: float = 1_000_000.5) -> logging.LogRecord:
    made = logging.LogRecord("purser.tests", level, "", 0, "It is %s.", ("late",), None)
    made.created, made.msecs = at, (at % 1) * 1000
    return made


def test_a_line_begins_with_its_moment_in_utc() -> None:
    line = LineFormatter().format(record())

    assert line == "1970-01-12T13:46:40.500Z WARNING purser.tests: It is late."
    assert re.fullmatch(r"\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d{3}Z [A-Z]+ [\w.]+: .+", line)


def test_an_outage_is_told_once_a_minute_and_level() -> None:
    once = OnceAMinute()

    assert once.filter(record(at=100))
    assert not once.filter(record(at=159))
    assert once.filter(record(logging.CRITICAL, at=159))
    assert once.filter(record(at=160))


def test_a_level_that_there_is_not_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^PURSER_LOG_LEVEL must be one of"):
        logging_settings("LOUD")
