"""The columns of an exported usage record, the same for every format of rows."""

from collections.abc import Callable
from datetime import UTC

from controlplane.cells import Cell, as_json
from controlplane.usage.models import UsageRecord

COLUMNS: dict[str, Callable[[UsageRecord], Cell]] = {
    "request_id": lambda record: record.request_id,
    "at": lambda record: record.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    "customer": lambda record: record.customer_id,
    "team": lambda record: record.team_id,
    "virtual_key": lambda record: record.virtual_key_id,
    "endpoint": lambda record: record.endpoint,
    "model_requested": lambda record: record.model_requested,
    "provider": lambda record: record.provider,
    "model": lambda record: record.model,
    "status": lambda record: record.status,
    "error_code": lambda record: record.error_code,
    "streamed": lambda record: record.streamed,
    "cache": lambda record: record.cache,
    "input_tokens": lambda record: record.input_tokens,
    "cached_input_tokens": lambda record: record.cached_input_tokens,
    "cache_write_tokens": lambda record: record.cache_write_tokens,
    "output_tokens": lambda record: record.output_tokens,
    "reasoning_tokens": lambda record: record.reasoning_tokens,
    "token_details": lambda record: as_json(record.token_details),
    "usage_source": lambda record: record.usage_source,
    "cost_usd": lambda record: record.cost_usd,
    "saved_usd": lambda record: record.saved_usd,
    "price_id": lambda record: record.price_id,
    "attempts": lambda record: as_json(record.attempts),
    "ttft_ms": lambda record: record.ttft_ms,
    "total_ms": lambda record: record.total_ms,
    "gateway_ms": lambda record: record.gateway_ms,
    "metadata": lambda record: as_json(record.metadata),
}


def row(record: UsageRecord) -> list[Cell]:
    return [value(record) for value in COLUMNS.values()]
