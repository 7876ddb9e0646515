"""Why what Bifrost's file says beside providers and governance is left."""

OPERATED = "How the gateway is run is said by PURSER_* settings."
TIMING = "Time-outs, retries and queues are the installation's: PURSER_UPSTREAM_* settings."
PER_PROVIDER = (
    "Budgets and limits are a key's, a team's or a customer's, not a provider's or model's."
)
ROUTED = "Routing has no rules: names are shared by weight, and keys have fallbacks."
TOOLS = "Tool servers are configured anew."
PEOPLE = "People are members here, who sign in; who they are is not taken over."
COUNTED = (
    "Balances begin at 0. import_usage brings what was spent into the reports, not into budgets."
)

SECTIONS_LEFT = {
    "$schema": "Says what the file is.",
    "version": "Says how empty lists are meant.",
    "source_of_truth": "Says how Bifrost reads the file.",
    "client": OPERATED,
    "server": OPERATED,
    "framework": "Prices are in the price list: update_prices.",
    "encryption_key": "Set PURSER_SEALING_KEY to a key of its own.",
    "auth_config": PEOPLE,
    "config_store": "Set DATABASE_URL: the configuration is there.",
    "logs_store": "Usage records are in the same database.",
    "vector_store": "The semantic cache is in the same database.",
    "mcp": TOOLS,
    "plugins": "What plugins do is built in, or not there.",
    "alerting": "Alert rules are configured anew.",
    "guardrails_config": "There are no guardrails.",
}
GOVERNANCE_LEFT = {
    "routing_rules": ROUTED,
    "model_configs": PER_PROVIDER,
    "providers": PER_PROVIDER,
    "pricing_overrides": "Give the models prices of their own.",
    "auth_config": PEOPLE,
    "roles": PEOPLE,
    "business_units": "Between customers and teams there is nothing.",
    "complexity_analyzer_config": ROUTED,
    "access_profiles": PEOPLE,
}
PROVIDER_LEFT = {
    "network_config": TIMING,
    "concurrency_and_buffer_size": TIMING,
    "proxy_config": OPERATED,
    "custom_provider_config": "A provider has all endpoints of its kind, at their own paths.",
    "send_back_raw_request": "Answers have the client's own format.",
    "send_back_raw_response": "Answers have the client's own format.",
    "store_raw_request_response": "What is stored is said by keys: store_content.",
    "openai_config": "A provider has no such switches.",
    "prompt_cache": "Cache markers are the caller's to send.",
    "pricing_overrides": "Give the models prices of their own.",
}
KEY_LEFT = {
    "use_for_batch_api": "There is no batch API.",
    "blacklisted_models": "Keys say what they may not call: denied_models.",
    "description": "Credentials have no names.",
    "azure_key_config": "Azure is called with an API key.",
    "bedrock_key_config": "Let the AWS profile of the machine assume the role.",
    "vertex_key_config": "Vertex AI is called by project and region.",
}
OWNER_LEFT = {
    "access_profile_id": PEOPLE,
    "business_unit_id": "Between customers and teams there is nothing.",
    "mcp_configs": TOOLS,
    "profile": PEOPLE,
    "config": PEOPLE,
    "claims": PEOPLE,
    "source_id": PEOPLE,
    "virtual_key_count": "Counted here, too.",
}
BUDGET_LEFT = {
    "current_usage": COUNTED,
    "last_reset": "Windows are computed from the clock: nothing is reset.",
    "provider_config_id": PER_PROVIDER,
    "model_config_id": PER_PROVIDER,
    "token_current_usage": "Limits begin at 0.",
    "token_last_reset": "Limits begin at 0.",
    "request_current_usage": "Limits begin at 0.",
    "request_last_reset": "Limits begin at 0.",
}


PROVIDER_CONFIG_LEFT = {
    "id": "What a key may call has no id of its own.",
    "weight": "Names are shared by the weights of aliases, for all keys alike.",
    "rate_limit_id": PER_PROVIDER,
    "rate_limit": PER_PROVIDER,
    "budget_id": PER_PROVIDER,
    "budget": PER_PROVIDER,
    "budgets": PER_PROVIDER,
}
