"""Anthropic's Messages as clients speak it."""

from dataplane.dialects.messages.dialect import Messages

__all__ = ["Messages"]
