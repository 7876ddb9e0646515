"""What a credential looks like, by the kind of its provider. No message repeats a value."""

import json
import re
from collections.abc import Mapping
from typing import Any

from controlplane.errors import DomainError, invalid

CREDENTIALS_MAX = 16
WEIGHT_MAX = 100
FILE_BYTES_MAX = 32_768
SECRET_VALUE = re.compile(r"[\x21-\x7e]{1,8192}")
API_KEY = frozenset({"api_key"})
AWS_KEYS = frozenset({"access_key_id", "secret_access_key"})
SHAPES: Mapping[str, tuple[frozenset[str], ...]] = {
    "bedrock": (AWS_KEYS, AWS_KEYS | {"session_token"}, API_KEY, frozenset({"profile"})),
    "vertex": (frozenset({"service_account"}), frozenset({"workload_identity"}), API_KEY),
}
# Google's tokens are asked for there, and what proves who we are is sent along.
GOOGLE_APIS = ".googleapis.com"
WORKLOAD_TEXTS = ("audience", "subject_token_type", "token_url")


def count(credential: Mapping[str, Any] | None) -> int:
    """How many there are in it."""
    if credential is None:
        return 0
    several = credential.get("credentials")
    return len(several) if isinstance(several, list) else 1


def require_shape(credential: Any, kind: str) -> None:
    """One credential, or `{"credentials": [{…, "weight": 2}, …]}`. Raises `DomainError`."""
    if not isinstance(credential, Mapping):
        raise invalid("credential", "Must be an object.")
    if "credentials" not in credential:
        _require_one(credential, kind)
        return
    several = credential["credentials"]
    if set(credential) != {"credentials"} or not isinstance(several, list):
        raise invalid("credential", "Several are a list under 'credentials', and nothing else.")
    if not 1 <= len(several) <= CREDENTIALS_MAX:
        raise invalid("credential", f"From 1 to {CREDENTIALS_MAX} credentials.")
    for each in several:
        _require_weighted(each, kind)


def _require_weighted(credential: Any, kind: str) -> None:
    if not isinstance(credential, Mapping):
        raise invalid("credential", "Each of the 'credentials' must be an object.")
    weight = credential.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int) or not 1 <= weight <= WEIGHT_MAX:
        raise _wrong("weight", f"Must be a whole number from 1 to {WEIGHT_MAX}.")
    _require_one({name: part for name, part in credential.items() if name != "weight"}, kind)


def _require_one(credential: Mapping[str, Any], kind: str) -> None:
    shapes = SHAPES.get(kind, (API_KEY,))
    if credential and set(credential) not in shapes:
        known = " or ".join("{" + ", ".join(sorted(shape)) + "}" for shape in shapes)
        raise invalid("credential", f"For {kind} it is {known}, or {{}} for the environment's.")
    for name, value in credential.items():
        if name == "service_account":
            _require_service_account(value)
        elif name == "workload_identity":
            _require_workload_identity(value)
        elif not isinstance(value, str) or SECRET_VALUE.fullmatch(value) is None:
            raise _wrong(name, "Must be printable text without spaces.")


def _require_service_account(value: Any) -> None:
    """Google's key file, as it was downloaded."""
    if not _has_texts(value, ("client_email", "private_key")):
        raise _wrong("service_account", "Must be the whole key file, as an object.")
    if not all(isinstance(entry, str) for entry in value.values()):
        raise _wrong("service_account", "Must be the whole key file, as an object.")
    _require_short("service_account", value)


def _require_workload_identity(value: Any) -> None:
    """Google's configuration of an external account, as `gcloud` writes it.

    What its source gives (a file of this machine, say) goes to its token address, and a source may
    be a program: so that nobody gets at more by it than Google, the address must be Google's, and
    programs are not run.
    """
    if not _has_texts(value, WORKLOAD_TEXTS) or value.get("type") != "external_account":
        raise _wrong("workload_identity", "Must be the configuration of an external account.")
    source = value.get("credential_source")
    if not isinstance(source, Mapping) or "executable" in source:
        raise _wrong("workload_identity", "Its source must be a file, an address or AWS.")
    addresses = [each for name, each in value.items() if name.endswith("_url")]
    if not all(_is_googles(address) for address in addresses):
        raise _wrong("workload_identity", "Its addresses must be Google's.")
    _require_short("workload_identity", value)


def _has_texts(value: Any, names: tuple[str, ...]) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(value.get(name), str) and value[name] for name in names
    )


def _is_googles(address: Any) -> bool:
    """Letters, digits, dots and dashes alone, so that no parser sees another host in it."""
    host = re.match(r"https://([a-z0-9.-]+)/", address) if isinstance(address, str) else None
    return host is not None and host[1].endswith(GOOGLE_APIS)


def _require_short(name: str, value: Any) -> None:
    if len(json.dumps(value)) > FILE_BYTES_MAX:
        raise _wrong(name, "Is too long.")


def _wrong(name: str, message: str) -> DomainError:
    return DomainError(
        "invalid", f"credential.{name}: {message}", {"credential": {name: [message]}}
    )
