"""The provider that is looked at, and the model there that is called.

It may be switched off: people look before they switch on.
"""

from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from billing.price_books import PriceBook
from dataplane.settings import Settings
from dataplane.snapshot.accounts import provider_from
from dataplane.snapshot.model import Deployment, Provider

CONNECT_SECONDS = 5
PROVIDER = """
    SELECT id, kind, base_url, region, project, auth_header, extra_headers, extra_query,
           price_list, credential_sealed
    FROM catalog_provider WHERE id = %(provider)s
"""
# The one that is named, by its id or its name; else the first that is configured and converses.
MODEL = """
    SELECT id, upstream_model, max_output_tokens FROM catalog_model
    WHERE provider_id = %(provider)s
      AND CASE WHEN %(model)s::text IS NULL THEN is_active
          ELSE id IN (%(model)s, %(provider)s || '/' || %(model)s) END
    ORDER BY upstream_model ILIKE '%%embed%%', created_at, id
    LIMIT 1
"""
# Stands where a model must, to see how a provider is asked at all.
NO_MODEL = "none"


@dataclass(frozen=True)
class Subject:
    """One provider, and a deployment there for each of its credentials."""

    provider: Provider
    model: str | None
    """What is called; None where nobody said."""
    deployments: tuple[Deployment, ...]


class NoSuchProvider(Exception):
    """It is not in the database."""


async def load(settings: Settings, provider_id: str, model: str | None) -> Subject:
    """Raises `NoSuchProvider`, `psycopg.Error`."""
    asked = {"provider": provider_id, "model": model}
    async with await psycopg.AsyncConnection.connect(
        settings.database_url, connect_timeout=CONNECT_SECONDS, row_factory=dict_row
    ) as connection:
        row = await (await connection.execute(PROVIDER, asked)).fetchone()
        configured = await (await connection.execute(MODEL, asked)).fetchone()
    if row is None:
        raise NoSuchProvider(provider_id)
    provider = provider_from(row, settings.sealing_keys)
    named = (model or "").removeprefix(f"{provider_id}/") or None
    upstream = configured["upstream_model"] if configured else named
    most = configured["max_output_tokens"] if configured else None
    deployments = tuple(
        Deployment(
            id=f"{provider.id}/{upstream or NO_MODEL}",
            name=upstream or NO_MODEL,
            provider=each,
            upstream_model=upstream or NO_MODEL,
            output_tokens_max=most,
            context_tokens=None,
            prices=PriceBook(()),
        )
        for each in (provider, *provider.others)
    )
    return Subject(provider, upstream, deployments)
