"""How log lines look, the same in every process: `2026-01-31T12:00:00.123Z INFO name: message`."""

import logging
import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class LineFormatter(logging.Formatter):
    """One line a record, time in UTC; a traceback follows on lines of its own."""

    converter = staticmethod(time.gmtime)  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")


class OnceAMinute(logging.Filter):
    """Lets one record of each level pass a minute, without its traceback.

    For a logger that tells of the same outage several times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[int, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created - self._passed_at.get(record.levelno, 0) < 60:
            return False
        self._passed_at[record.levelno] = record.created
        record.exc_info = record.exc_text = None
        return True


def logging_settings(level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`. Libraries speak up from warnings on."""
    if level.upper() not in LEVELS:
        raise ImproperlyConfigured(f"PURSER_LOG_LEVEL must be one of {', '.join(LEVELS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"once_a_minute": {"()": OnceAMinute}},
        "formatters": {"line": {"()": LineFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "controlplane": {"level": level.upper()},
            "celery.worker.consumer.consumer": {"filters": ["once_a_minute"]},
            # Django's own handlers would print a second line, in another format.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            # Anyone who can reach the port can cause it, with a traceback each time.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
