"""Reading the configuration out of the database into plain values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from billing.budgets import Budget
from billing.listings import Listings
from billing.price_books import PriceBook
from billing.prices import Price
from dataplane.contract.credentials import SealingKeys
from dataplane.snapshot.accounts import provider_from, variants, with_variants
from dataplane.snapshot.key_rules import cache_rules, metadata_rule
from dataplane.snapshot.model import (
    Catalog,
    Deployment,
    Listing,
    Provider,
    RateLimits,
    VirtualKey,
)

Connection = AsyncConnection[DictRow]

PROVIDERS = """
    SELECT id, kind, base_url, region, project, auth_header, extra_headers, extra_query,
           price_list, credential_sealed
    FROM catalog_provider WHERE is_active ORDER BY id
"""
MODELS = """
    SELECT model.id, model.provider_id, model.upstream_model, model.max_output_tokens,
           model.is_active
    FROM catalog_model model JOIN catalog_provider provider ON provider.id = model.provider_id
    WHERE provider.is_active
"""
ALIASES = "SELECT alias, model_id, weight FROM catalog_modelalias ORDER BY alias, weight DESC, id"
LISTINGS = """
    SELECT id, vendor, model_name, match, context_window_tokens, max_output_tokens
    FROM catalog_listing
    WHERE vendor IN (SELECT price_list FROM catalog_provider WHERE is_active)
    ORDER BY vendor, position
"""
PRICES = """
    SELECT price.*
    FROM catalog_price price LEFT JOIN catalog_listing listing ON listing.id = price.listing_id
    WHERE price.model_id IS NOT NULL
       OR listing.vendor IN (SELECT price_list FROM catalog_provider WHERE is_active)
"""
KEY = """
    SELECT key.*, secret.expires_at AS secret_expires_at,
           secret.revoked_at IS NOT NULL AS secret_revoked,
           customer.is_active AS customer_is_active
    FROM keys_virtualkeysecret secret
    JOIN keys_virtualkey key ON key.id = secret.virtual_key_id
    JOIN accounts_customer customer ON customer.id = key.customer_id
"""
KEY_OF_SECRET = f"{KEY} WHERE secret.secret_hash = %(secret_hash)s"
# By the one of its secrets that works for longest.
KEY_BY_ID = f"""{KEY}
    WHERE key.id = %(id)s
    ORDER BY secret.revoked_at IS NOT NULL, secret.expires_at DESC NULLS FIRST, secret.id DESC
    LIMIT 1
"""
BUDGETS = """
    SELECT id, owner_type, coalesce(customer_id, team_id, virtual_key_id) AS owner_id,
           budgets_limit_in_force(id, limit_usd) AS limit_usd, "window", timezone, enforcement,
           alert_thresholds, shortfall
    FROM budgets_budget
    WHERE archived_at IS NULL
      AND (customer_id = %(customer)s OR team_id = %(team)s OR virtual_key_id = %(virtual_key)s)
    ORDER BY id
"""

METADATA_RULES = """
    SELECT key, required, allowed_values, on_violation, renames
    FROM metadata_rules_metadatarule WHERE customer_id = %(customer)s ORDER BY key
"""


async def load_catalog(connection: Connection, sealing_keys: SealingKeys) -> Catalog:
    """Everything that can be called, in one consistent view."""
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = {
            name: await (await connection.execute(query)).fetchall()
            for name, query in (
                ("providers", PROVIDERS),
                ("models", MODELS),
                ("aliases", ALIASES),
                ("listings", LISTINGS),
                ("prices", PRICES),
            )
        }
    return build_catalog(rows, sealing_keys)


def build_catalog(rows: Mapping[str, list[DictRow]], sealing_keys: SealingKeys) -> Catalog:
    listing_prices, model_prices = _prices(rows["prices"])
    providers = {row["id"]: provider_from(row, sealing_keys) for row in rows["providers"]}
    listings = _listings(rows["listings"], listing_prices)
    models = {
        row["id"]: _deployment(row, providers[row["provider_id"]], listings, model_prices)
        for row in rows["models"]
        if row["is_active"]
    }
    switched_off = frozenset(row["id"] for row in rows["models"] if not row["is_active"])
    aliases: dict[str, list[Deployment]] = defaultdict(list)
    for row in rows["aliases"]:
        if model := models.get(row["model_id"]):
            aliases[row["alias"]].extend(variants(model, row["weight"]))
    return Catalog(providers, models, dict(aliases), listings, switched_off)


async def load_key(connection: Connection, secret_hash: str) -> VirtualKey | None:
    """The key of a secret with the budgets of its path, or None."""
    return await _load(connection, KEY_OF_SECRET, {"secret_hash": secret_hash})


async def load_key_by_id(connection: Connection, key_id: str) -> VirtualKey | None:
    """The same for whoever knows the key and not its secret. One without a secret is none."""
    return await _load(connection, KEY_BY_ID, {"id": key_id})


async def _load(
    connection: Connection, query: LiteralString, asked: Mapping[str, str]
) -> VirtualKey | None:
    row = await (await connection.execute(query, asked)).fetchone()
    if row is None:
        return None
    owners = {
        "customer": row["customer_id"],
        "team": row["team_id"],
        "virtual_key": row["id"],
    }
    budgets = await (await connection.execute(BUDGETS, owners)).fetchall()
    rules = await (await connection.execute(METADATA_RULES, owners)).fetchall()
    return _virtual_key(row, budgets, rules)


def _prices(
    rows: Iterable[DictRow],
) -> tuple[dict[str, list[Price]], dict[str, list[Price]]]:
    """Prices by listing and by model."""
    by_listing: dict[str, list[Price]] = defaultdict(list)
    by_model: dict[str, list[Price]] = defaultdict(list)
    for row in rows:
        owner = by_listing[row["listing_id"]] if row["listing_id"] else by_model[row["model_id"]]
        owner.append(Price.from_row(row))
    return by_listing, by_model


def _listings(
    rows: Iterable[DictRow], prices: Mapping[str, list[Price]]
) -> dict[str, Listings[Listing]]:
    listings: dict[str, list[Listing]] = defaultdict(list)
    for row in rows:
        listings[row["vendor"]].append(
            Listing(
                name=row["model_name"],
                match=row["match"],
                context_tokens=row["context_window_tokens"],
                output_tokens_max=row["max_output_tokens"],
                prices=PriceBook(prices.get(row["id"], ())),
            )
        )
    return {vendor: Listings(entries) for vendor, entries in listings.items()}


def _deployment(
    row: DictRow,
    provider: Provider,
    listings: Mapping[str, Listings[Listing]],
    prices: Mapping[str, list[Price]],
) -> Deployment:
    """A configured model; what it does not say itself is the list's, for its upstream name."""
    known = listings.get(provider.vendor)
    listing = known.find(row["upstream_model"]) if known else None
    own = prices.get(row["id"], [])
    deployment = Deployment(
        id=row["id"],
        name=row["id"].removeprefix(f"{provider.id}/"),
        provider=provider,
        upstream_model=row["upstream_model"],
        output_tokens_max=row["max_output_tokens"]
        or (listing.output_tokens_max if listing else None),
        context_tokens=listing.context_tokens if listing else None,
        prices=PriceBook((*own, *(listing.prices if listing else ()))),
        listings=known,
    )
    return with_variants(deployment)


def _virtual_key(row: DictRow, budgets: Iterable[DictRow], rules: Iterable[DictRow]) -> VirtualKey:
    return VirtualKey(
        id=row["id"],
        customer=row["customer_id"],
        team=row["team_id"],
        is_active=row["is_active"] and row["customer_is_active"],
        expires_at=row["expires_at"],
        secret_expires_at=row["secret_expires_at"],
        secret_revoked=row["secret_revoked"],
        allowed_providers=tuple(row["allowed_providers"]),
        allowed_models=tuple(row["allowed_models"]),
        denied_models=tuple(row["denied_models"]),
        rate_limits=RateLimits(
            row["requests_per_minute"], row["tokens_per_minute"], row["max_parallel_requests"]
        ),
        fallbacks=tuple(f"{entry['provider']}/{entry['model']}" for entry in row["fallbacks"]),
        metadata=row["metadata"],
        budgets=tuple(_budget(budget) for budget in budgets),
        resumes_streams=row["stream_failure"] == "resume",
        stores_content=row["store_content"],
        cache=cache_rules(row),
        metadata_rules=tuple(metadata_rule(rule) for rule in rules),
        paused_until=row["paused_until"],
        backs_off=row["retry_storm"] == "back_off",
    )


def _budget(row: DictRow) -> Budget:
    return Budget(
        id=row["id"],
        owner_type=row["owner_type"],
        owner_id=row["owner_id"],
        limit_usd=row["limit_usd"],
        period=row["window"],
        timezone=row["timezone"],
        is_hard=row["enforcement"] == "hard",
        alert_percent=min(map(Decimal, row["alert_thresholds"]), default=Decimal(100)),
        fits_output=row["shortfall"] == "fit",
    )
