"""The metrics of `/metrics`. No label has unbounded values: never a request id, never a key id.

A request only adds to tallies. They are pushed to the library every second and before a scrape:
its counters cost a system call each. Under several processes (`PROMETHEUS_MULTIPROC_DIR`) a scrape
of any one of them answers for all, of the others at most a second late.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

from billing.budgets import Budget
from dataplane.tallies import Children, Spread, Tally

disable_created_metrics()  # type: ignore[no-untyped-call]

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
OVERHEAD_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
LATENCY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
# Names come from configuration or, before a model is resolved, from clients: these stay empty.
UNRESOLVED = ""
PUSH_SECONDS = 1.0
KIND_FIELDS = ("customer_id", "provider", "model", "status", "error_code", "cache")
TOKEN_KINDS = ("input", "cached_input", "cache_write", "output", "reasoning")
SUMMED_FIELDS = ("cost_usd", *(f"{kind}_tokens" for kind in TOKEN_KINDS))


class Telemetry:
    """Every metric of the data plane, and the text they are scraped as."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._pushed: list[Tally | Spread] = []
        self._answered: dict[tuple[Any, ...], list[float]] = {}
        self._ratios: dict[tuple[str, str], dict[str, float]] = {}
        self._requests = self._counter(
            "purser_requests", "Requests answered.", ("provider", "model", "status", "code")
        )
        self._attempts = self._counter(
            "purser_upstream_attempts", "Calls made upstream.", ("provider", "model", "outcome")
        )
        self._tokens = self._counter(
            "purser_tokens", "Tokens consumed.", ("provider", "model", "kind")
        )
        self._cost = self._counter(
            "purser_cost_usd", "Cost in US dollars.", ("customer", "provider", "model")
        )
        self._cache = self._counter("purser_cache", "Cache look-ups.", ("result",))
        self._compared = self._counter(
            "purser_cache_comparisons",
            "Stored answers of the cache compared with fresh ones.",
            ("customer", "namespace", "outcome"),
        )
        self._wrong = Children(
            self._gauge(
                "purser_cache_wrong_ratio",
                "How many hits by similarity are wrong: measured, and its 95 % bounds.",
                ("customer", "namespace", "bound"),
                "livemostrecent",
            )
        )
        self._refusals = self._counter("purser_refusals", "Requests refused.", ("code",))
        self._seconds = self._histogram(
            "purser_request_seconds", "Time to answer a request.", LATENCY_BUCKETS
        )
        self._overhead = self._histogram(
            "purser_gateway_overhead_seconds",
            "Time of a request spent in the gateway, not upstream.",
            OVERHEAD_BUCKETS,
        )
        self._ttft = self._histogram(
            "purser_ttft_seconds", "Time to the first content of a stream.", LATENCY_BUCKETS
        )
        self._pending = self._gauge(
            "purser_journal_pending_records", "Records not booked yet.", (), "livesum"
        )
        self._remaining = Children(
            self._gauge(
                "purser_budget_remaining_ratio",
                "Part of a budget's limit that is left; only owners over their first threshold.",
                ("owner_type", "owner"),
                "livemostrecent",
            )
        )
        self._differences = self._gauge(
            "purser_verify_differences",
            "Places where the last verification found the books to disagree.",
            (),
            "livemostrecent",
        )
        self._verified_at = self._gauge(
            "purser_verify_timestamp_seconds",
            "When the books were last verified, in seconds since the epoch.",
            (),
            "livemostrecent",
        )
        self._circuits = Children(
            self._gauge(
                "purser_circuit_state",
                "Whether a deployment is called: 0 yes, 1 a probe is out, 2 no. The worst counts.",
                ("provider", "model"),
                "livemax",
            )
        )
        self._overrun = Counter(
            "purser_overrun_usd",
            "What calls cost beyond their reservation, in US dollars.",
            registry=self._registry,
        )
        self._absurd_usage = Counter(
            "purser_absurd_usage",
            "Answers whose usage could not be billed and that were booked at all they reserved.",
            registry=self._registry,
        )
        self._set_aside = self._plain(
            "purser_records_set_aside", "Records that the database refused."
        )
        self._content_dropped = self._plain(
            "purser_content_dropped", "Requests whose content was to be stored and could not be."
        )
        self._not_cached = self._plain(
            "purser_cache_dropped", "Answers that were to be cached and could not be."
        )
        self._journal_full = self._plain(
            "purser_journal_full", "Frames that the journal's disk took no more."
        )
        self._journal_damaged = Counter(
            "purser_journal_damaged",
            "Journal segments of which a part could not be read and is set aside.",
            registry=self._registry,
        )

    async def run(self) -> None:
        """Pushes every second, until cancelled."""
        while True:
            await asyncio.sleep(PUSH_SECONDS)
            self.push()

    def push(self) -> None:
        self._spell_out()
        for tally in self._pushed:
            tally.push()

    def scrape(self) -> bytes:
        self.push()
        if MULTIPROCESS_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        merged = CollectorRegistry()
        multiprocess.MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
        return generate_latest(merged)

    def answered(self, record: Mapping[str, Any]) -> None:
        """Counts one finished request from its usage record."""
        kind = tuple([record[name] for name in KIND_FIELDS])
        sums = self._answered.get(kind)
        if sums is None:
            sums = self._answered[kind] = [0.0] * (1 + len(SUMMED_FIELDS))
        sums[0] += 1
        for place, name in enumerate(SUMMED_FIELDS, start=1):
            if amount := record[name]:
                sums[place] += float(amount)
        self._seconds.add(record["total_ms"] / 1000)
        self._overhead.add(record["gateway_ms"] / 1000)
        if record["ttft_ms"] is not None:
            self._ttft.add(record["ttft_ms"] / 1000)
        for attempt in record["attempts"]:
            outcome = attempt["error_code"] or "answered"
            self._attempts.add((attempt["provider"], attempt["model"], outcome))

    def _spell_out(self) -> None:
        """From sums by kind of request to the metrics they belong to."""
        answered, self._answered = self._answered, {}
        for kind, (count, cost, *tokens) in answered.items():
            customer, provider, model, status, code, cache = kind
            place = (provider or UNRESOLVED, model or UNRESOLVED)
            self._requests.add((*place, str(status), code or ""), count)
            self._cache.add((cache,), count)
            for name, amount in zip(TOKEN_KINDS, tokens, strict=True):
                if amount:
                    self._tokens.add((*place, name), amount)
            if cost:
                self._cost.add((customer or "", *place), cost)

    def refused(self, code: str) -> None:
        self._refusals.add((code,))

    def pending_records(self, count: int) -> None:
        self._pending.set(count)

    def record_set_aside(self) -> None:
        self._set_aside.inc()

    def content_dropped(self) -> None:
        self._content_dropped.inc()

    def answer_not_cached(self) -> None:
        self._not_cached.inc()

    def answers_compared(self, customer: str, namespace: str, is_wrong: bool) -> None:
        """Namespaces are those that the cache tells apart, a bounded number for each key."""
        self._compared.add((customer, namespace, "wrong" if is_wrong else "same"))

    def wrong_ratios(self, ratios: Mapping[tuple[str, str, str], float]) -> None:
        """By customer, namespace and bound, as they were last read."""
        for place, ratio in ratios.items():
            self._wrong[place].set(ratio)

    def journal_full(self) -> None:
        self._journal_full.inc()

    def journal_damaged(self) -> None:
        self._journal_damaged.inc()

    def circuit_state(self, provider: str, model: str, severity: int) -> None:
        self._circuits[provider, model].set(severity)

    def absurd_usage(self) -> None:
        self._absurd_usage.inc()

    def books_verified(self, at: datetime, differences: int) -> None:
        self._verified_at.set(at.timestamp())
        self._differences.set(differences)

    def overrun(self, amount_usd: Decimal) -> None:
        self._overrun.inc(float(amount_usd))

    def budget_used(self, budget: Budget, used_usd: Decimal) -> None:
        """Shows how much of an owner's tightest budget is left, once a threshold is passed."""
        owner = (budget.owner_type, budget.owner_id)
        ratios = self._ratios.setdefault(owner, {})
        ratio = budget.watched_remaining(used_usd)
        if ratio is not None:
            ratios[budget.id] = ratio
        elif ratios.pop(budget.id, None) is None:
            if not ratios:
                del self._ratios[owner]
            return
        if ratios:
            self._remaining[owner].set(min(ratios.values()))
        else:
            self._remaining.drop(owner)
            del self._ratios[owner]

    def _counter(self, name: str, text: str, labels: Sequence[str]) -> Tally:
        tally = Tally(Children(Counter(name, text, labels, registry=self._registry)))
        self._pushed.append(tally)
        return tally

    def _plain(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float]) -> Spread:
        histogram = Histogram(name, text, buckets=buckets, registry=self._registry)
        spread = Spread(histogram, buckets)
        self._pushed.append(spread)
        return spread

    def _gauge(self, name: str, text: str, labels: Sequence[str], mode: Any) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry, multiprocess_mode=mode)
