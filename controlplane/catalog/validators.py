"""Addresses, headers, names and price tiers of the catalogue."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from controlplane.keys.validators import is_model

PAIRS_MAX = 20
PAIR_LENGTH_MAX = 1000
TIERS_MAX = 10
TOKENS_MAX = 2**31
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
PRINTABLE = re.compile(r"[\x20-\x7e]*")
REGION = re.compile(r"[a-z0-9][a-z0-9-]*")
# What belongs into the sealed credential, or is the gateway's own to set.
RESERVED_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "cookie",
        "host",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        "te",
        "upgrade",
        "expect",
    }
)
# Parameters by which providers take a key in the URL, where it would end up in logs.
SECRET_QUERY = frozenset({"key", "api_key", "apikey", "api-key", "access_token", "token"})


def validate_base_url(value: str) -> None:
    """`http(s)://host[:port][/path]` and nothing else: no user, query or fragment."""
    try:
        url = urlsplit(value)
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_address = False
    if not is_address or re.search(r"[^\x21-\x7e]|\\", value):
        raise ValidationError("A base URL is http:// or https:// with a host.")
    if url.username is not None or url.password is not None:
        raise ValidationError("A base URL carries no user or password: use the credential.")
    if "?" in value or "#" in value:
        raise ValidationError("A base URL has no query and no fragment.")


def validate_region(value: str) -> None:
    if REGION.fullmatch(value) is None:
        raise ValidationError("A region is lower-case letters, digits and dashes.")


def validate_header_name(value: str) -> None:
    if HEADER_NAME.fullmatch(value) is None:
        raise ValidationError("Not the name of an HTTP header.")


def validate_extra_headers(value: Any) -> None:
    """Header names to values; a secret belongs into the credential, which is sealed."""
    for name in _pairs(value):
        validate_header_name(name)
        if name.lower() in RESERVED_HEADERS:
            raise ValidationError(f"The header '{name}' is set by the gateway or the credential.")


def validate_extra_query(value: Any) -> None:
    """Query parameters to values; a secret belongs into the credential, which is sealed."""
    for name in _pairs(value):
        if name.lower() in SECRET_QUERY:
            raise ValidationError(f"'{name}' looks like a secret: use the credential.")


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > PAIRS_MAX:
        raise ValidationError(f"An object of at most {PAIRS_MAX} names and texts.")
    if not all(_is_short_text(part) for pair in value.items() for part in pair):
        raise ValidationError(f"Names and values are printable texts up to {PAIR_LENGTH_MAX}.")
    return value


def _is_short_text(value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= PAIR_LENGTH_MAX
        and PRINTABLE.fullmatch(value) is not None
    )


def validate_model_name(value: str) -> None:
    """An id or alias: no spaces, no empty, `.` or `..` step, so that it can stand in a URL."""
    steps = value.split("/")
    if not is_model(value) or any(step in ("", ".", "..") for step in steps):
        raise ValidationError(
            "A model name holds letters, digits and . _ : / @ + ~ = , ( ) - without spaces."
        )


def validate_upstream_model(value: str) -> None:
    if re.fullmatch(r"[\x21-\x7e]+", value) is None:
        raise ValidationError("An upstream model is printable text without spaces.")


def validate_tiers(value: Any) -> None:
    """`[{above_input_tokens, <rate>…}]`, rates as decimal strings, bounds rising."""
    if not isinstance(value, list) or len(value) > TIERS_MAX:
        raise ValidationError(f"Tiers are a list of at most {TIERS_MAX}.")
    bounds = [_tier_bound(tier) for tier in value]
    if bounds != sorted(set(bounds)):
        raise ValidationError("Tiers rise by 'above_input_tokens'.")


def _tier_bound(tier: Any) -> int:
    bound = tier.get("above_input_tokens") if isinstance(tier, dict) else None
    if isinstance(bound, bool) or not isinstance(bound, int) or not 0 < bound <= TOKENS_MAX:
        raise ValidationError("A tier has 'above_input_tokens', a positive whole number.")
    rates = {name: rate for name, rate in tier.items() if name != "above_input_tokens"}
    if not rates or not all(_is_rate(name, rate) for name, rate in rates.items()):
        raise ValidationError("A tier's rates are '…_usd_per_mtok', decimal strings from 0 on.")
    return bound


def _is_rate(name: str, rate: Any) -> bool:
    if re.fullmatch(r"[a-z0-9_]{1,40}_usd_per_mtok", name) is None or not isinstance(rate, str):
        return False
    try:
        amount = Decimal(rate)
    except InvalidOperation:
        return False
    return amount.is_finite() and 0 <= amount <= Decimal(10) ** 9
