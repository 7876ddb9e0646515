"""Providers with their credentials opened: one account, or several that share the traffic."""

from dataclasses import replace
from typing import Any

from psycopg.rows import DictRow

from dataplane.contract.credentials import CredentialUnreadable, SealingKeys
from dataplane.contract.provider_names import DEFAULT_BASE_URLS
from dataplane.snapshot.environment_keys import filled_in
from dataplane.snapshot.model import Deployment, Provider

SEVERAL = "credentials"
"""A sealed credential that is a list holds it under this name."""
WEIGHT = "weight"


def provider_from(row: DictRow, sealing_keys: SealingKeys) -> Provider:
    """The provider with its first credential, and beside it, `others`, with each further one."""
    base_url = row["base_url"] or (DEFAULT_BASE_URLS[row["kind"]] or "").format(
        region=row["region"]
    )
    opened = _opened(row, sealing_keys)
    first, *others = opened or [{}]
    provider = Provider(
        id=row["id"],
        kind=row["kind"],
        base_url=base_url.rstrip("/"),
        region=row["region"],
        project=row["project"],
        auth_header=row["auth_header"],
        extra_headers=row["extra_headers"],
        extra_query=row["extra_query"],
        vendor=row["price_list"],
        credential=_without_weight(first),
        is_sealed=not opened,
        weight=first.get(WEIGHT, 1),
    )
    if not others:
        return provider
    further = tuple(
        replace(
            provider,
            credential=_without_weight(credential),
            credential_index=index,
            weight=credential.get(WEIGHT, 1),
        )
        for index, credential in enumerate(others, start=1)
    )
    return replace(provider, others=further)


def with_variants(deployment: Deployment) -> Deployment:
    """The deployment, knowing itself under each credential; they share its weight."""
    if not deployment.provider.others:
        return deployment
    return replace(deployment, variants=variants(deployment, deployment.weight))


def variants(deployment: Deployment, weight: float) -> tuple[Deployment, ...]:
    """The deployment with each credential of its provider, of this weight altogether."""
    accounts = (deployment.provider, *deployment.provider.others)
    total = sum(account.weight for account in accounts) or 1
    return tuple(
        replace(deployment, provider=account, weight=weight * account.weight / total, variants=())
        for account in accounts
    )


def _opened(row: DictRow, sealing_keys: SealingKeys) -> list[dict[str, Any]]:
    """None where it cannot be opened: its provider fails, the others serve."""
    if row["credential_sealed"] is None:
        return [{}]
    try:
        credential = sealing_keys.open(bytes(row["credential_sealed"]), row["id"])
    except CredentialUnreadable:
        return []
    return [filled_in(each, row["kind"]) for each in credential.get(SEVERAL) or [credential]]


def _without_weight(credential: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in credential.items() if name != WEIGHT}
