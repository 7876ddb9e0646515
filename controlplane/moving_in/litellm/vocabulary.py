"""What LiteLLM's fields mean here, and why those that mean nothing are left."""

import re

from controlplane.keys.validators import MODEL_LENGTH_MAX

OPERATED = "How the gateway is run is said by PURSER_* settings."
PROMPTS = "Parameters of a call are the caller's to send."
TIMING = "Time-outs, retries and cool-downs are the installation's: PURSER_UPSTREAM_* settings."
OBSERVED = "Use /metrics and the usage records; prompts are not sent to third parties."
GUARDED = "There are no guardrails."
PEOPLE = "People are members here, who sign in; who they are is not taken over."
PAGED = "Says how the list was paged."
OWN_DATES = "Kept in the audit log from now on."
SPENT = (
    "Balances begin at 0. import_usage brings what was spent into the reports, not into budgets: "
    "lower the limit for the rest of the window if that matters."
)
PER_MODEL = "Budgets and limits are a key's, a team's or a customer's, not a model's."
TOOLS = "Tool servers and their permissions are configured anew."

# Of litellm_params; costs, weights and credentials are read by name.
PARAMS_LEFT = {
    **dict.fromkeys(
        ("timeout", "stream_timeout", "max_retries", "num_retries", "cooldown_time"), TIMING
    ),
    **dict.fromkeys(
        ("temperature", "max_tokens", "top_p", "seed", "stop", "extra_body", "reasoning_effort"),
        PROMPTS,
    ),
    "drop_params": "What a provider cannot take is refused with a 400 that names it.",
    "max_parallel_requests": "Limits of a deployment: a 429 of the provider moves on to the next.",
    "tags": "Requests are not routed by tags.",
    "guardrails": GUARDED,
    "mock_response": "The simulator answers: --no-demo leaves it out.",
    "azure_ad_token": "Azure is called with an API key.",
    "tenant_id": "Azure is called with an API key.",
    "client_id": "Azure is called with an API key.",
    "client_secret": "Azure is called with an API key.",
    "aws_role_name": "Let the AWS profile of the machine assume the role: {profile: NAME}.",
    "aws_session_name": "Let the AWS profile of the machine assume the role: {profile: NAME}.",
    "aws_web_identity_token": "Let the AWS profile of the machine assume the role.",
}
INFO_LEFT = {
    "id": "Models are known by provider and name.",
    "db_model": "Says where LiteLLM kept it.",
    "mode": "Each model is called at any endpoint that its provider has.",
    "base_model": "A price follows the name of the deployment: if none does, give it one.",
    "max_tokens": "The context window is known from the price list.",
    "max_input_tokens": "The context window is known from the price list.",
    "health_check_model": TIMING,
    "description": "Models have no description.",
}
COSTS = {
    "input_cost_per_token": "input_usd_per_mtok",
    "output_cost_per_token": "output_usd_per_mtok",
    "cache_read_input_token_cost": "cached_input_usd_per_mtok",
    "cache_creation_input_token_cost": "cache_write_usd_per_mtok",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_usd_per_mtok",
    "input_cost_per_audio_token": "input_audio_usd_per_mtok",
    "output_cost_per_audio_token": "output_audio_usd_per_mtok",
    "output_cost_per_reasoning_token": "output_reasoning_usd_per_mtok",
}
SETTINGS_LEFT = {
    "litellm_settings": OPERATED,
    "router_settings": TIMING,
    "general_settings": OPERATED,
    "callback_settings": OBSERVED,
    "environment_variables": "Set them for the process that runs Purser.",
    "guardrails": GUARDED,
    "mcp_servers": TOOLS,
    "vector_store_registry": "There are no vector stores.",
    "search_tools": TOOLS,
    "files_settings": "There is no files API.",
    "finetune_settings": "There is no fine-tuning API.",
    "include": "Name the files that it includes, too.",
    "assistant_settings": "There is no assistants API.",
}
# Below those, where there is more to say.
SETTING_LEFT = {
    "general_settings.master_key": "An administrator's key: 'manage.py create_token' makes one.",
    "general_settings.database_url": "Set DATABASE_URL to a database of its own.",
    "router_settings.routing_strategy": "Deployments of a name share the traffic by weight.",
    "litellm_settings.cache": "Each key has its own cache mode: off, exact or semantic.",
    "litellm_settings.cache_params": "The cache is in PostgreSQL.",
    "litellm_settings.success_callback": OBSERVED,
    "litellm_settings.failure_callback": OBSERVED,
    "litellm_settings.callbacks": OBSERVED,
    "litellm_settings.max_budget": "Give each customer a budget: no budget is over all of them.",
    "litellm_settings.budget_duration": "Give each customer a budget.",
    "litellm_settings.drop_params": PARAMS_LEFT["drop_params"],
    "litellm_settings.num_retries": TIMING,
    "litellm_settings.request_timeout": TIMING,
    "litellm_settings.content_policy_fallbacks": "A refusal of content is an answer.",
    "litellm_settings.default_team_settings": OBSERVED,
    "router_settings.content_policy_fallbacks": "A refusal of content is an answer.",
    "router_settings.redis_password": "Limits are shared through PostgreSQL.",
    "router_settings.redis_host": "Limits are shared through PostgreSQL.",
    "router_settings.redis_port": "Limits are shared through PostgreSQL.",
}
STRATEGIES_MAPPED = frozenset({"simple-shuffle"})
ROUTE_PREFIX = re.compile(
    r"(converse|converse_like|invoke|o_series|gpt5_series|responses|async_invoke)/"
)
REGION_PREFIX = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)/")
# What LiteLLM takes a name without a vendor for.
NAMED_ALONE = (
    (re.compile(r"gpt-|o\d|chatgpt-|text-embedding-|davinci|babbage|ft:gpt"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "vertex_ai"),
    (re.compile(r"command-|embed-"), "cohere"),
    (re.compile(r"(us\.|eu\.|apac\.)?(anthropic|amazon|meta|mistral|cohere|ai21)\."), "bedrock"),
)


def vendor_and_model(written: str, provider: str) -> tuple[str, str, str]:
    """Vendor, upstream's name and region out of `bedrock/us-east-1/…`; the vendor may be empty."""
    vendor, slash, rest = written.partition("/")
    if provider:
        rest = rest if slash and vendor == provider else written
        vendor = provider
    elif not slash:
        vendor = next((name for pattern, name in NAMED_ALONE if pattern.match(written)), "")
        rest = written
    region = ""
    if match := REGION_PREFIX.match(rest):
        region, rest = match[1], rest[match.end() :]
    rest = ROUTE_PREFIX.sub("", rest, count=1) if ROUTE_PREFIX.match(rest) else rest
    return vendor, rest[:MODEL_LENGTH_MAX], region
