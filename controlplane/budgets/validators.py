"""A budget's window and thresholds."""

from typing import Any

from django.core.exceptions import ValidationError

from billing.periods import rolling_length

THRESHOLDS_MAX = 20
THRESHOLD_PERCENT_MAX = 1000


def validate_window(value: str) -> None:
    """A calendar period, or a rolling one such as `30d`."""
    try:
        rolling_length(value)
    except ValueError as error:
        raise ValidationError(f"{str(error).capitalize()}.") from error


def validate_alert_thresholds(value: Any) -> None:
    """Percentages of the limit, above 0 and up to 1000, each once."""
    if not isinstance(value, list) or len(value) > THRESHOLDS_MAX:
        raise ValidationError(f"Thresholds are a list of at most {THRESHOLDS_MAX} percentages.")
    if not all(_is_threshold(entry) for entry in value):
        raise ValidationError(f"A threshold is a number of percent in 1..{THRESHOLD_PERCENT_MAX}.")
    if len(set(value)) != len(value):
        raise ValidationError("A threshold is listed twice.")


def _is_threshold(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 1 <= value <= THRESHOLD_PERCENT_MAX
