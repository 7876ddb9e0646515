"""One request, judged as the pipeline would go through it, without its effects.

authenticate → read → route → rate limits → each candidate (circuit, translation, money)
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

from billing.money import format_usd
from dataplane.access.authentication import require_working
from dataplane.access.metadata import hold_to_rules
from dataplane.access.permissions import require_not_paused
from dataplane.access.rate_limits import WINDOW_SECONDS
from dataplane.access.rates.headers import RateHeaders
from dataplane.access.rates.looking import RatesNow
from dataplane.access.rates.refusals import refusal as rate_refusal
from dataplane.access.rates.slot_clock import SlotClock
from dataplane.check.cheaper import Offers
from dataplane.check.circuits import OpenCircuits
from dataplane.check.dry_books import DryBooks
from dataplane.check.telling import is_told
from dataplane.check.verdict import Candidate, Verdict, refusal
from dataplane.choosing import choose
from dataplane.errors import GatewayError, RequestTooLarge, Unsupported, UpstreamFailed
from dataplane.left import binding_budget, budget_standing, rates_left
from dataplane.metering.standings import Standing
from dataplane.metering.worst_case.amounts import worst_case_usd
from dataplane.metering.worst_case.estimate import tokens_guessed
from dataplane.refusals import Outcome
from dataplane.request import GatewayRequest
from dataplane.reserving import reserve
from dataplane.routing.router import Route
from dataplane.settings import Settings
from dataplane.snapshot.model import Catalog, Deployment, VirtualKey
from dataplane.translation.registry import WireFormats

RESTS = "circuit_open"


@dataclass(frozen=True)
class Situation:
    """How things stand when the question is asked."""

    at: datetime
    key: VirtualKey
    catalog: Catalog
    standings: list[Standing]
    rates: RatesNow
    circuits: OpenCircuits


@dataclass
class Found:
    """What came of the candidates."""

    candidates: list[Candidate] = field(default_factory=list)
    first: Deployment | None = None
    """The first that would be asked."""
    rests: int = 0
    outcome: Outcome = field(default_factory=Outcome)

    def error(self) -> GatewayError | None:
        """Why nobody would be asked; None where somebody would."""
        if self.first is not None:
            return None
        if self.rests:
            return UpstreamFailed(
                message="Every provider of this model failed repeatedly, and is not called for a "
                "moment. Try again in some seconds."
            )
        return self.outcome.error()


class Judge:
    """Judges calls by the settings of this installation."""

    def __init__(self, settings: Settings, formats: WireFormats) -> None:
        self._settings = settings
        self._formats = formats

    async def judge(self, call: GatewayRequest, now: Situation) -> Verdict:
        books = DryBooks(now.standings)
        verdict = Verdict(
            passes=False,
            budgets=[budget_standing(each) for each in now.standings],
            binding_budget=binding_budget(now.standings),
            rate_limits=rates_left(now.rates),
        )
        try:
            route = self._admit(call, now)
            found = await self._go_through(route, call, now, books)
            self._tell(verdict, found, route, call, now)
            verdict.is_certain = not (books.hangs_on_reserved or found.rests)
            _require_rates(call, now)
            if (error := found.error()) is not None:
                raise error
        except GatewayError as error:
            verdict.refusal = refusal(error)
            return verdict
        verdict.passes = True
        return verdict

    def _admit(self, call: GatewayRequest, now: Situation) -> Route:
        require_working(now.key, now.at)
        require_not_paused(now.key, now.at)
        if len(call.body) > (most := self._settings.body_bytes_max):
            raise RequestTooLarge(
                "request_too_large", f"The request body is larger than {most} bytes."
            )
        call.parse()
        if now.key.metadata_rules:
            call.metadata = hold_to_rules(now.key, call.metadata)
        return choose(call, now.key, now.catalog, now.circuits.is_well, lambda weight: -weight)

    async def _go_through(
        self, route: Route, call: GatewayRequest, now: Situation, books: DryBooks
    ) -> Found:
        found = Found()
        for place, deployment in enumerate(route.candidates):
            entry = _candidate(deployment, is_fallback=place >= route.asked_for)
            found.candidates.append(entry)
            if not now.circuits.is_well(deployment):
                found.rests += 1
                entry.skipped = RESTS
                entry.message = "It failed repeatedly, and is not called for a moment."
                continue
            try:
                await self._ask(deployment, call, now, books, entry)
                found.first = found.first or deployment
            except GatewayError as error:
                entry.skipped, entry.message = error.code, error.message
                if self._is_over(error, found, route, left=len(route.candidates) - place - 1):
                    break
        return found

    async def _ask(
        self,
        deployment: Deployment,
        call: GatewayRequest,
        now: Situation,
        books: DryBooks,
        entry: Candidate,
    ) -> None:
        """Raises `GatewayError` where it would be passed over."""
        worst = worst_case_usd(call, deployment, self._settings.output_tokens_default)
        entry.worst_case_usd = None if worst is None else format_usd(worst)
        await is_told(self._formats, call, deployment)
        reserved = await reserve(call, now.key, deployment, books, self._settings)
        if worst is not None:
            entry.worst_case_usd = format_usd(reserved.reserved_usd)
        entry.output_tokens_fitted = call.output_fitted

    def _is_over(self, error: GatewayError, found: Found, route: Route, *, left: int) -> bool:
        """Whether nobody else would be asked."""
        if isinstance(error, Unsupported):
            found.outcome.unsupported = found.outcome.unsupported or error
            return False
        found.outcome.refused = found.outcome.refused or error
        fallbacks = len(route.candidates) - route.asked_for
        is_refused = found.outcome.is_refused(left=left, fallbacks=fallbacks)
        return is_refused and not found.rests and found.first is None

    def _tell(
        self, verdict: Verdict, found: Found, route: Route, call: GatewayRequest, now: Situation
    ) -> None:
        verdict.deployments = found.candidates
        asked = [each for each in found.candidates if each.skipped is None]
        verdict.reserves_usd = asked[0].worst_case_usd if asked else None
        call.unfit()
        offers = Offers(now.catalog, self._formats, self._settings.output_tokens_default)
        verdict.cheaper = offers.cheaper(call, now.key, found.first or route.candidates[0])


def _candidate(deployment: Deployment, *, is_fallback: bool) -> Candidate:
    return Candidate(
        id=deployment.id,
        provider=deployment.provider.id,
        model=deployment.name,
        credential_index=deployment.provider.credential_index,
        is_fallback=is_fallback,
    )


def _require_rates(call: GatewayRequest, now: Situation) -> None:
    """Raises `RateLimited`. Slices that processes hold ready count as used."""
    rates, limits = now.rates, now.rates.limits
    tokens = min(tokens_guessed(call), limits.tokens_per_minute or tokens_guessed(call))
    shortage = rates.shortage()
    if shortage.code(tokens) is None:
        return
    clock = SlotClock(WINDOW_SECONDS)
    moment = time.monotonic()
    clock.heard(rates.moment, moment)
    headers = RateHeaders.of(limits, clock)
    raise rate_refusal(shortage, tokens, limits, headers, clock, moment)
