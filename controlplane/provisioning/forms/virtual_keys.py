"""Virtual keys."""

from controlplane.accounts.permissions import Resource
from controlplane.keys.models import CacheMode, RetryStorm, StreamFailure, VirtualKey
from controlplane.provisioning.forms.accounts import CUSTOMER_SYNONYMS, DESCRIPTION, require_id
from controlplane.provisioning.forms.form import Field, Form, Group, Secret
from controlplane.provisioning.shapes import each, named
from controlplane.provisioning.sources import secret_text
from controlplane.provisioning.values import (
    flag,
    moment,
    nullable,
    one_of,
    ratio,
    slug,
    text,
    text_or_none,
    whole,
)

RATE_LIMITS = ("requests_per_minute", "tokens_per_minute", "max_parallel_requests")

VIRTUAL_KEYS = Form(
    section="virtual_keys",
    resource=Resource.VIRTUAL_KEYS,
    model=VirtualKey,
    fields={
        "id": Field("id", slug),
        **DESCRIPTION,
        "customer": Field("customer_id", slug),
        "team": Field("team_id", nullable(slug)),
        "is_active": Field("is_active", flag),
        "expires_at": Field("expires_at", nullable(moment)),
        "allowed_providers": Field("allowed_providers", each(text)),
        "allowed_models": Field("allowed_models", each(text)),
        "denied_models": Field("denied_models", each(text)),
        "rate_limit": Group({name: Field(name, nullable(whole)) for name in RATE_LIMITS}),
        "fallbacks": Field("fallbacks", each(named(provider=text, model=text))),
        "stream_failure": Field("stream_failure", one_of(StreamFailure.values)),
        "retry_storm": Field("retry_storm", one_of(RetryStorm.values)),
        "cache": Group(
            {
                "mode": Field("cache_mode", one_of(CacheMode.values)),
                "threshold": Field("cache_threshold", nullable(ratio)),
                "ttl_seconds": Field("cache_ttl_seconds", nullable(whole)),
                "namespace": Field("cache_namespace", text_or_none),
                "target_error": Field("cache_target_error", nullable(ratio)),
                "endpoints": Field("cache_endpoints", each(text)),
                "embedder": Field("cache_embedder", text_or_none),
                "judge": Field("cache_judge", text_or_none),
                "conversations": Field("cache_conversations", flag),
                "mb_max": Field("cache_mb_max", nullable(whole)),
            }
        ),
        "store_content": Field("store_content", flag),
        "secret": Secret("secret", secret_text),
    },
    synonyms={**CUSTOMER_SYNONYMS, "team_id": "team"},
    has_budget=True,
    complete=require_id,
)
