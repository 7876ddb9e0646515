"""What a key may do, in words."""

from collections.abc import Sequence
from datetime import datetime

from controlplane.budgets.binding import Held, first_to_stop, window_words
from controlplane.budgets.models import OwnerType
from controlplane.dashboard.numbers import count_text, moment_text, money_text
from controlplane.keys.models import CacheMode, RetryStorm, StreamFailure, VirtualKey

NAMED_MAX = 6
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def policy_of(key: VirtualKey, held: Sequence[Held], now: datetime) -> list[str]:
    """Sentences, the most important first."""
    said = [
        _ends(key, now),
        _may_call(key),
        _stops(held),
        _rates(key),
        _fallbacks(key),
        _repeats(key),
    ]
    return [each for each in [*said, _cache(key), _content(key)] if each]


def owner_words(held: Held) -> str:
    """Whose budget it is, for a reader of the key's page."""
    if held.budget.owner_type == OwnerType.VIRTUAL_KEY:
        return "its own"
    return f"{held.budget.owner}’s"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`; of many, the first and how many more."""
    shown = list(names[:NAMED_MAX])
    if len(names) > NAMED_MAX:
        shown.append(f"{len(names) - NAMED_MAX} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _ends(key: VirtualKey, now: datetime) -> str:
    if not key.is_active:
        return "Refused: this key is paused or revoked."
    if key.paused_until is not None and key.paused_until > now:
        return f"Refused: this key is paused until {moment_text(key.paused_until)}."
    if key.expires_at is None:
        return ""
    word = "Ended" if key.expires_at <= now else "Ends"
    return f"{word} on {moment_text(key.expires_at)}."


def _may_call(key: VirtualKey) -> str:
    what = listed(key.allowed_models) if key.allowed_models else "every model"
    where = f" at {listed(key.allowed_providers)}" if key.allowed_providers else ""
    never = f", but never {listed(key.denied_models)}" if key.denied_models else ""
    return f"May call {what}{where}{never}."


def _stops(held: Sequence[Held]) -> str:
    hard = [each for each in held if each.is_hard]
    first = first_to_stop(hard)
    if first is None:
        return "No budget stops it."
    limits = listed([_limit(each) for each in hard])
    which = "" if len(hard) == 1 else ", whichever comes first"
    left = first.balance.remaining_usd
    today = f"{owner_words(first)}, with {money_text(left)} left"
    return f"Stops at {limits}{which}; now that is {today}."


def _limit(held: Held) -> str:
    amount = money_text(held.balance.limit_usd)
    return f"{owner_words(held)} {amount} {window_words(held.budget.window)}"


def _rates(key: VirtualKey) -> str:
    ceilings = [
        (key.requests_per_minute, "requests a minute"),
        (key.tokens_per_minute, "tokens a minute"),
        (key.max_parallel_requests, "requests at once"),
    ]
    said = [f"{count_text(most)} {what}" for most, what in ceilings if most is not None]
    return f"At most {listed(said)}." if said else ""


def _fallbacks(key: VirtualKey) -> str:
    if not key.fallbacks:
        return ""
    models = [f"{each['provider']}/{each['model']}" for each in key.fallbacks]
    goes_on = key.stream_failure == StreamFailure.RESUME
    broken = "; a stream that breaks off is continued there" if goes_on else ""
    return f"Falls back to {listed(models)}{broken}."


def _repeats(key: VirtualKey) -> str:
    if key.retry_storm == RetryStorm.BACK_OFF:
        return "A request that it sends or is refused over and over is held back for a moment."
    return ""


def _cache(key: VirtualKey) -> str:
    match key.cache_mode:
        case CacheMode.EXACT:
            said = "The same request again is answered from the cache"
        case CacheMode.SEMANTIC:
            said = f"Requests that mean the same{_alike(key)} are answered from the cache"
        case CacheMode.SHADOW:
            said = "The cache watches what it would have answered, and serves nothing"
        case _:
            return ""
    lasts = f", for {_span(key.cache_ttl_seconds)}" if key.cache_ttl_seconds else ""
    shared = f", shared within {key.cache_namespace}" if key.cache_namespace else ""
    return f"{said}{lasts}{shared}."


def _span(seconds: int) -> str:
    """In the largest unit that divides it."""
    size, unit = next(each for each in UNITS if seconds % each[0] == 0)
    many = seconds // size
    return f"{count_text(many)} {unit}{'' if many == 1 else 's'}"


def _alike(key: VirtualKey) -> str:
    at_least = key.cache_threshold
    return "" if at_least is None else f" (alike from {at_least.normalize():f})"


def _content(key: VirtualKey) -> str:
    return "Content is stored." if key.store_content else "Content is not stored."
