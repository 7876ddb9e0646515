"""The data plane's settings: from the environment, checked once, at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from dataplane.contract.credentials import SealingKeys

# What becomes of calls while the journal's disk is full.
REFUSE_HARD_BUDGETS = "refuse_hard_budgets"
REFUSE_ALL = "refuse_all"
SERVE = "serve"

FLAGS = {"": False, "false": False, "0": False, "no": False, "true": True, "1": True, "yes": True}

# Whom images and documents may be fetched from: any host of the internet, or nobody.
ANY_HOST = "*"
NO_HOST = "none"


class SettingWrong(Exception):
    """A setting that cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the data plane can be told. Units are in the names."""

    database_url: str = field(repr=False)
    sealing_keys: SealingKeys = field(repr=False)
    database_connections_max: int = 8
    database_timeout_seconds: float = 5.0
    database_wait_seconds: float = 5.0
    database_gone_wait_seconds: float = 0.5
    requests_in_flight_max: int = 4000
    body_bytes_max: int = 32 * 1024 * 1024
    body_timeout_seconds: float = 60.0
    answer_bytes_max: int = 64 * 1024 * 1024
    event_bytes_max: int = 8 * 1024 * 1024
    upstream_connect_timeout_seconds: float = 5.0
    upstream_first_byte_timeout_seconds: float = 600.0
    upstream_first_content_timeout_seconds: float = 180.0
    upstream_chunk_timeout_seconds: float = 60.0
    upstream_total_timeout_seconds: float = 900.0
    upstream_connections_max: int = 5000
    upstream_late_seconds: float = 10.0
    upstream_rest_seconds_max: float = 5.0
    drain_after_client_gone_seconds: float = 15.0
    settle_wait_seconds: float = 2.0
    flush_interval_seconds: float = 0.1
    process_lease_seconds: float = 4 * 3600.0
    journal_dir: Path = Path("var/journal")
    journal_segment_bytes: int = 16 * 1024 * 1024
    journal_fsync_seconds: float = 0.2
    journal_full_policy: str = REFUSE_HARD_BUDGETS
    reserve_wait_seconds: float = 1.0
    pending_records_max: int = 100_000
    output_tokens_default: int = 16_384
    keys_cached_max: int = 100_000
    unknown_keys_cached_max: int = 10_000
    unknown_key_seconds: float = 5.0
    catalog_check_seconds: float = 60.0
    budget_exceeded_status: int = 429
    content_bytes_max: int = 256 * 1024
    content_waiting_bytes_max: int = 32 * 1024 * 1024
    cache_read_seconds: float = 0.05
    """A cache that takes longer is a miss."""
    cache_connections_max: int = 4
    cache_embed_seconds: float = 1.0
    """An embedding model that takes longer is a miss, too."""
    media_hosts_allowed: tuple[str, ...] = (ANY_HOST,)
    media_http_allowed: bool = False
    media_bytes_max: int = 20 * 1024 * 1024
    media_timeout_seconds: float = 10.0
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Reads `PURSER_<NAME>` for each number, and the two secrets. Raises `SettingWrong`."""
        settings = cls(_required(env, "DATABASE_URL"), _sealing_keys(env))
        numbers: dict[str, Any] = {
            name: _number(env, f"PURSER_{name.upper()}", default)
            for name, default in _number_defaults().items()
            if f"PURSER_{name.upper()}" in env
        }
        settings = replace(
            settings,
            **numbers,
            journal_dir=Path(env.get("PURSER_JOURNAL_DIR") or settings.journal_dir),
            journal_full_policy=env.get("PURSER_JOURNAL_FULL_POLICY") or REFUSE_HARD_BUDGETS,
            media_hosts_allowed=_hosts(env.get("PURSER_MEDIA_HOSTS_ALLOWED", ANY_HOST)),
            media_http_allowed=_flag(env, "PURSER_MEDIA_HTTP_ALLOWED"),
            trusted_proxies=_networks(env, "PURSER_TRUSTED_PROXIES"),
        )
        if settings.journal_full_policy not in (REFUSE_HARD_BUDGETS, REFUSE_ALL, SERVE):
            raise SettingWrong(
                "PURSER_JOURNAL_FULL_POLICY must be refuse_hard_budgets, refuse_all or serve."
            )
        if settings.process_lease_seconds <= settings.lease_seconds:
            raise SettingWrong(
                f"PURSER_PROCESS_LEASE_SECONDS must be more than {settings.lease_seconds:.0f},"
                " the longest call."
            )
        if settings.budget_exceeded_status not in (402, 429):
            raise SettingWrong("PURSER_BUDGET_EXCEEDED_STATUS must be 429 or 402.")
        return settings

    @property
    def first_content_seconds(self) -> float:
        """How long a stream may take to its first content. A whole answer may take longer: nothing
        of it comes before it has been thought and written to its end."""
        return min(
            self.upstream_first_content_timeout_seconds, self.upstream_first_byte_timeout_seconds
        )

    @property
    def preparing_seconds(self) -> float:
        """How long it may take until a call can be sent: its credential, its media."""
        return self.upstream_connect_timeout_seconds + self.media_timeout_seconds

    @property
    def lease_seconds(self) -> float:
        """How long a call may last: the longest upstream, its draining, and some air."""
        return self.upstream_total_timeout_seconds + self.drain_after_client_gone_seconds + 60


def _number_defaults() -> dict[str, int | float]:
    return {
        name: entry.default
        for name, entry in Settings.__dataclass_fields__.items()
        if isinstance(entry.default, int | float) and not isinstance(entry.default, bool)
    }


def _number(env: Mapping[str, str], name: str, default: int | float) -> int | float:
    try:
        value = type(default)(env[name])
    except ValueError as error:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise SettingWrong(f"{name} must be {kind}, not {env[name]!r}.") from error
    if not 0 < value < float("inf"):
        raise SettingWrong(f"{name} must be greater than zero, not {env[name]!r}.")
    return value


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in FLAGS:
        raise SettingWrong(f"{name} must be true or false, not {env[name]!r}.")
    return FLAGS[text]


def _hosts(text: str) -> tuple[str, ...]:
    """Names separated by commas; none where nothing is listed."""
    hosts = (host.strip().lower() for host in text.split(","))
    return tuple(host for host in hosts if host and host != NO_HOST)


def _networks(env: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks separated by commas, as in `10.0.0.0/8, 192.0.2.7`."""
    words = (word.strip() for word in env.get(name, "").split(","))
    try:
        return tuple(ip_network(word) for word in words if word)
    except ValueError as error:
        raise SettingWrong(f"{name} must list addresses or networks: {error}.") from error


def _required(env: Mapping[str, str], name: str) -> str:
    if value := env.get(name, ""):
        return value
    raise SettingWrong(f"{name} is not set.")


def _sealing_keys(env: Mapping[str, str]) -> SealingKeys:
    text = env.get("PURSER_SEALING_KEY", "")
    if path := env.get("PURSER_SEALING_KEY_FILE"):
        try:
            text = Path(path).read_text().strip()
        except OSError as error:
            raise SettingWrong(
                f"PURSER_SEALING_KEY_FILE cannot be read: {error.strerror}."
            ) from error
    try:
        return SealingKeys.parse(text)
    except ValueError as error:
        raise SettingWrong(f"{error}.") from error
