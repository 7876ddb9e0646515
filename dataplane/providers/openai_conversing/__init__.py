"""OpenAI's Chat Completions as a provider, for clients that speak another dialect."""

from dataplane.providers.openai_conversing.provider import OpenAIConversing

__all__ = ["OpenAIConversing"]
