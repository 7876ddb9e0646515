"""Budgets: on keys, teams and organizations themselves, or in rows of their own that these name."""

import re
from decimal import Decimal
from typing import Any

from controlplane.budgets.validators import THRESHOLD_PERCENT_MAX
from controlplane.moving_in.litellm.vocabulary import PER_MODEL, SPENT
from controlplane.moving_in.part import Part
from controlplane.provisioning.values import text, whole

DURATION = re.compile(r"([1-9][0-9]{0,6})(s|m|h|d|w|mo)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
HOUR, DAY = 3600, 86_400
# These, LiteLLM resets at midnight, on Monday and on the first of the month.
RESETS = {DAY: "day", 7 * DAY: "week", 30 * DAY: "month"}
WORDS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "hourly": "1h"}
MONTHS = {1: "month", 3: "quarter", 12: "year"}
ROLLING_DAYS_MAX = 400
RATES = {
    "rpm_limit": "requests_per_minute",
    "tpm_limit": "tokens_per_minute",
    "max_parallel_requests": "max_parallel_requests",
}
ROW_LEFT = {
    **dict.fromkeys(("created_at", "created_by", "updated_at", "updated_by"), "Dates of LiteLLM."),
    "budget_reset_at": "Windows are computed from the clock: nothing is reset.",
    "model_max_budget": PER_MODEL,
    "allowed_models": PER_MODEL,
    "spend": SPENT,
}


class Budgets:
    """`timezone` is where midnight is, for all of them; empty for the customer's own."""

    def __init__(self) -> None:
        self.timezone = ""
        self._rows: dict[str, Part] = {}

    def name(self, row: Part) -> None:
        """A row that others refer to."""
        budget_id = row.get("budget_id").mapped("(looked up)").text()
        if budget_id and budget_id not in self._rows:
            self._rows[budget_id] = row
        row.left("No key, team or organization of these files has this budget.")
        for name, part in row.fields():
            if name in ROW_LEFT:
                part.left(ROW_LEFT[name])

    def of(self, owner: Part) -> list[dict[str, Any]]:
        """What an owner may spend, its own and by the row that it names."""
        found = [self._read(owner)]
        if row := self._row_of(owner):
            found.append(self._read(row))
        kept: dict[tuple[str, str], dict[str, Any]] = {}
        for budget in filter(None, found):
            key = budget["window"], budget["enforcement"]
            if key not in kept or budget["limit_usd"] < kept[key]["limit_usd"]:
                kept[key] = budget
        return list(kept.values())

    def limits_of(self, owner: Part) -> dict[str, int]:
        """Requests and tokens a minute, and at once."""
        limits: dict[str, int] = {}
        for row in (owner, self._row_of(owner)):
            for name, ours in RATES.items():
                if row is not None and (limit := row.get(name).read(whole)) is not None:
                    row.get(name).mapped(f"virtual_keys.rate_limit.{ours}")
                    limits.setdefault(ours, max(1, limit))
        return limits

    def _row_of(self, owner: Part) -> Part | None:
        """As a table of its own, or beside the owner, as the API shows it."""
        beside = owner.get("litellm_budget_table")
        named = owner.get("budget_id").mapped("budgets").text()
        row = beside or self._rows.get(named)
        if not row:
            return None
        if row is beside:
            row.get("budget_id").mapped("(looked up)")
        row.mapped("budgets")
        for name, part in row.fields():
            if name in ROW_LEFT:
                part.left(ROW_LEFT[name])
        return row

    def _read(self, row: Part) -> dict[str, Any] | None:
        most, soft = row.get("max_budget"), row.get("soft_budget")
        limit, warning = most.amount(), soft.amount()
        window = self._window(row.get("budget_duration"), any_limit=bool(most or soft))
        if window is None or (limit is None and warning is None):
            return None
        budget: dict[str, Any] = {"window": window, "enforcement": "hard", "limit_usd": limit}
        if self.timezone:
            budget["timezone"] = self.timezone
        if limit is None:
            soft.approximated("budgets with enforcement soft: it counts and refuses nothing")
            return {**budget, "limit_usd": warning, "enforcement": "soft"}
        most.mapped("budgets.limit_usd")
        if (percent := _percent(warning, limit)) is not None:
            soft.approximated("budgets.alert_thresholds: in percent of the limit")
            budget["alert_thresholds"] = [percent]
        elif soft:
            soft.left("No percentage of the limit that can be a threshold.")
        return budget

    def _window(self, part: Part, *, any_limit: bool) -> str | None:
        if not part:
            return "lifetime" if any_limit else None
        written = part.read(text) or ""
        window, is_exact = window_of(written)
        if not window:
            part.left("The shortest window is an hour: this budget is left out.")
        elif not any_limit:
            part.left("There is no budget that it would be the window of.")
        elif is_exact:
            part.mapped("budgets.window")
        else:
            part.approximated(f"budgets.window: {window}")
        return window or None


def window_of(written: str) -> tuple[str, bool]:
    """Our window, empty for none, and whether it turns when LiteLLM's does."""
    if word := WORDS.get(written.lower()):
        return word, True
    match = DURATION.fullmatch(written)
    if match is None:
        return "", False
    count, unit = int(match[1]), match[2]
    if unit == "mo":
        known = MONTHS.get(count)
        days = min(count * 30, ROLLING_DAYS_MAX)
        return (known, count == 1) if known else (f"{days}d", False)
    seconds = count * SECONDS[unit]
    if seconds in RESETS:
        return RESETS[seconds], True
    if seconds % DAY == 0 and seconds // DAY <= ROLLING_DAYS_MAX:
        return f"{seconds // DAY}d", False
    if seconds % HOUR == 0 and seconds < 100 * DAY:
        return f"{seconds // HOUR}h", False
    return ("", False) if seconds < HOUR else ("lifetime", False)


def _percent(warning: Decimal | None, limit: Decimal) -> float | None:
    if warning is None or limit <= 0:
        return None
    percent = round(float(warning / limit * 100), 2)
    return percent if 1 <= percent <= THRESHOLD_PERCENT_MAX else None
