"""The kinds of providers there are: a kind is a wire format and a way to authenticate."""

from typing import Final

KINDS: Final = (
    "openai",
    "anthropic",
    "bedrock",
    "vertex",
    "gemini",
    "azure_openai",
    "openai_compatible",
)

# Where a kind's calls go unless the provider names a `base_url`. The paths below it are the
# provider's own; None means that the provider must name one.
DEFAULT_BASE_URLS: Final[dict[str, str | None]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "bedrock": "https://bedrock-runtime.{region}.amazonaws.com",
    "vertex": "https://{region}-aiplatform.googleapis.com",
    "gemini": "https://generativelanguage.googleapis.com",
    "azure_openai": None,
    "openai_compatible": None,
}
