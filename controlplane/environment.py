"""Reading settings from the environment: one clear sentence when one is wrong."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from dataplane.contract.credentials import SealingKeys

REDIS_SCHEMES = ("redis", "rediss", "redis+socket")


def env_bool(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "").lower()
    if text not in ("", "0", "1", "false", "true", "no", "yes"):
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return default if text == "" else text in ("1", "true", "yes")


def env_int(name: str, *, default: int, least: int = 0) -> int:
    text = os.environ.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} on, not {text!r}.")
    return int(text)


def env_text(name: str, *, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_list(name: str, *, default: list[str]) -> list[str]:
    text = os.environ.get(name, "")
    return [part.strip() for part in text.split(",") if part.strip()] or default


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Such as `10.0.0.0/8,192.0.2.7`."""
    try:
        return [ip_network(part) for part in env_list(name, default=[])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a list of networks: {error}.") from error


def env_secret(name: str, *, default: str) -> str:
    """A secret from `NAME`, or from the file that `NAME_FILE` names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {reason}.") from error


def env_origins(name: str) -> list[str]:
    """Origins such as `https://purser.example.com`, separated by commas."""
    for origin in (origins := env_list(name, default=[])):
        if urlsplit(origin).scheme not in ("http", "https") or not urlsplit(origin).netloc:
            raise ImproperlyConfigured(f"{name} must hold https://… origins, not {origin!r}.")
    return origins


def env_sealing_key() -> str:
    """The sealing keys as they were given, known to be usable; empty if there are none."""
    text = env_secret("PURSER_SEALING_KEY", default="")
    try:
        if text:
            SealingKeys.parse(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{error}.") from None
    return text


def database_settings(url: str, *, connections_max: int = 0) -> dict[str, Any]:
    """Django's `DATABASES` entry for a PostgreSQL URL (sockets included).

    Without a URL, commands that need no database still run. Long-lived servers ask for a pool.
    """
    if not url:
        return {"ENGINE": "django.db.backends.dummy"}
    parts = _parse_url(url)
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
    settings: dict[str, Any] = {
        django: parts.pop(libpq, "") or "" for libpq, django in named.items()
    }
    settings["PORT"] = str(parts.pop("port", "") or "")
    options = {name: value for name, value in parts.items() if value is not None}
    if connections_max:
        options["pool"] = {"min_size": 1, "max_size": connections_max, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **settings,
        "OPTIONS": options,
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
    }


def broker_url(database_url: str, redis_url: str) -> str:
    """Celery's broker: Redis if there is one, else two tables in our own database."""
    if redis_url:
        if urlsplit(redis_url).scheme not in REDIS_SCHEMES:
            raise ImproperlyConfigured("REDIS_URL must start with redis:// or rediss://.")
        return redis_url
    if not database_url:
        return "memory://"
    return "sqla+postgresql+psycopg:" + database_url.partition(":")[2]


def _parse_url(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://.")
    try:
        return dict(conninfo_to_dict(url))
    except ProgrammingError:
        # The driver's own message repeats the URL, and with it perhaps the password.
        raise ImproperlyConfigured("DATABASE_URL is not a PostgreSQL URL.") from None
