"""From a provider's credential to an access token, through google-auth. Blocks: run in a thread.

A credential is `{service_account: {…}}` (a key file), `{workload_identity: {…}}` (an external
account: what another cloud or a cluster says of us, exchanged for Google's), or `{}` for what the
environment has: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's, or the metadata server's.
No message carries anything of a credential or of what a token service answered.
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import google.auth
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from google.auth import aws, identity_pool
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from dataplane.providers.base import CredentialUnusable
from dataplane.providers.vertex.fetched_token import FetchedToken

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TIMEOUT_SECONDS = 10.0
LIFETIME_UNKNOWN_SECONDS = 300.0
GOOGLE_APIS = ".googleapis.com"
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm)
OAUTH_CODE = re.compile(r"[a-z_]{1,40}")

# They say nothing of their types.
_ServiceAccount: Any = service_account.Credentials
_IdentityPool: Any = identity_pool.Credentials
_Aws: Any = aws.Credentials


def is_googles(address: Any) -> bool:
    """Letters, digits, dots and dashes alone, so that no parser sees another host in it."""
    host = re.match(r"https://([a-z0-9.-]+)/", address) if isinstance(address, str) else None
    return host is not None and host[1].endswith(GOOGLE_APIS)


def fetch(
    credential: Mapping[str, Any], is_trusted: Callable[[Any], bool] = is_googles
) -> FetchedToken:
    """A new token. Raises `CredentialUnusable`.

    `is_trusted` tells which addresses a workload's proof of itself may be sent to.
    """
    try:
        with requests.Session() as session:
            request = _bounded(Request(session))
            account, project = _account(credential, request, is_trusted)
            account.refresh(request)
    except TransportError as error:
        raise CredentialUnusable("Google's token service cannot be reached") from error
    except MALFORMED as error:
        raise CredentialUnusable("it is malformed") from error
    except DefaultCredentialsError as error:
        raise CredentialUnusable("the environment has no credential of Google Cloud") from error
    except GoogleAuthError as error:
        raise CredentialUnusable(f"Google's token service refuses it{_code(error)}") from error
    except OSError as error:
        raise CredentialUnusable("a file that it points at cannot be read") from error
    return _fetched(account, project)


def _bounded(request: Any) -> Any:
    """Requests to token services, none of which waits longer than `TIMEOUT_SECONDS`."""

    def call(url: str, *args: Any, **options: Any) -> Any:
        seconds = options.pop("timeout", None) or TIMEOUT_SECONDS
        return request(url, *args, timeout=min(seconds, TIMEOUT_SECONDS), **options)

    return call


def _account(
    credential: Mapping[str, Any], request: Any, is_trusted: Callable[[Any], bool]
) -> tuple[Any, str | None]:
    """Google's own object for it, and the project that it names."""
    if key_file := credential.get("service_account"):
        return _ServiceAccount.from_service_account_info(key_file, scopes=SCOPES), key_file.get(
            "project_id"
        )
    if external := credential.get("workload_identity"):
        return _external_account(external, is_trusted), None
    if credential:
        raise CredentialUnusable("it is no account of Google Cloud")
    return google.auth.default(scopes=SCOPES, request=request)


def _external_account(external: Mapping[str, Any], is_trusted: Callable[[Any], bool]) -> Any:
    """What its source says (a file's content, say) must go to nobody but Google, and a source must
    not be a program: whoever may configure a provider may not therefore read this machine."""
    source = external["credential_source"]
    if "executable" in source:
        raise CredentialUnusable("programs are not run to get a credential")
    addresses = [value for name, value in external.items() if name.endswith("_url")]
    if not all(is_trusted(address) for address in addresses):
        raise CredentialUnusable("it would be sent to an address that is not Google's")
    kind = _Aws if "environment_id" in source else _IdentityPool
    return kind.from_info(dict(external), scopes=SCOPES)


def _fetched(account: Any, project: str | None) -> FetchedToken:
    """Expiry comes without a time zone and means UTC."""
    now, expiry = time.time(), account.expiry
    expires_at = (
        expiry.replace(tzinfo=UTC).timestamp() if expiry else now + LIFETIME_UNKNOWN_SECONDS
    )
    return FetchedToken(account.token, now, expires_at, project)


def _code(error: GoogleAuthError) -> str:
    """OAuth's own word for it, as in ` (invalid_grant)`; anything longer may quote a secret."""
    for fact in error.args:
        said = fact.get("error") if isinstance(fact, dict) else None
        if isinstance(said, str) and OAUTH_CODE.fullmatch(said):
            return f" ({said})"
    return ""
