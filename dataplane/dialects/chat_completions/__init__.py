"""OpenAI's Chat Completions as clients speak it."""

from dataplane.dialects.chat_completions.dialect import ChatCompletions

__all__ = ["ChatCompletions"]
