"""The paths that reach a provider."""

from typing import Final

CHAT_COMPLETIONS: Final = "/v1/chat/completions"
PATHS: Final = (
    CHAT_COMPLETIONS,
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
)
