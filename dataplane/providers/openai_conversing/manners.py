"""What servers of one dialect differ in: which of its fields they know, and what they add to it.

OpenAI and Azure take what OpenAI documents. Of a compatible server only its vendor is known; what
is not told apart here is asked as OpenAI was before it renamed its fields, which all of them take.
"""

import hashlib
import re
from dataclasses import dataclass

from dataplane.providers.openai import USAGE_UNASKED_VENDORS
from dataplane.snapshot.model import Provider

OPENAI_KINDS = frozenset({"openai", "azure_openai"})
OPENAI_VENDORS = frozenset({"openai", "azure"})
MISTRAL, OPENROUTER, GOOGLE = "mistral", "openrouter", "google"
# DeepSeek refuses a turn with calls that comes without its thoughts, Moonshot and Z.ai ask for them
# (their guides on thinking with tools).
REASONING_CONTENT_VENDORS = frozenset({"deepseek", "moonshotai", "zai", "minimax"})
# They think unless they are told not to, in a field of their own.
THINKING_SWITCH_VENDORS = frozenset({"deepseek", "zai"})

# OpenAI refuses longer ids of calls, and longer names of end users.
CALL_ID_LENGTH_MAX = 40
END_USER_LENGTH_MAX = 64
# "Tool call id must be a-z, A-Z, 0-9, with a length of 9", says Mistral.
_MISTRAL_CALL_ID = re.compile(r"[A-Za-z0-9]{9}")


@dataclass(frozen=True, slots=True)
class Manners:
    """What one server takes."""

    vendor: str
    is_openai: bool

    @property
    def limit_field(self) -> str:
        """OpenAI's reasoning models refuse the older name; other servers may know no other."""
        return "max_completion_tokens" if self.is_openai else "max_tokens"

    @property
    def takes_usage_option(self) -> bool:
        return self.vendor not in USAGE_UNASKED_VENDORS

    @property
    def takes_end_user(self) -> bool:
        return self.vendor != MISTRAL

    @property
    def takes_cache_marks(self) -> bool:
        return self.vendor == OPENROUTER

    @property
    def takes_reasoning_content(self) -> bool:
        return self.vendor in REASONING_CONTENT_VENDORS

    @property
    def takes_reasoning_details(self) -> bool:
        return self.vendor == OPENROUTER

    @property
    def takes_signatures(self) -> bool:
        return self.vendor in (GOOGLE, OPENROUTER)

    @property
    def has_thinking_switch(self) -> bool:
        return self.vendor in THINKING_SWITCH_VENDORS

    @property
    def takes_links_to_files(self) -> bool:
        return self.vendor == OPENROUTER

    def call_id(self, call_id: str) -> str:
        """The id, or one made of it that the server takes: the same one each time."""
        if self.vendor == MISTRAL:
            is_taken = _MISTRAL_CALL_ID.fullmatch(call_id) is not None
            return call_id if is_taken else _digest(call_id)[:9]
        if len(call_id) <= CALL_ID_LENGTH_MAX:
            return call_id
        return f"call_{_digest(call_id)[:24]}"

    def end_user(self, end_user: str) -> str:
        return end_user if len(end_user) <= END_USER_LENGTH_MAX else _digest(end_user)


def manners_of(provider: Provider) -> Manners:
    is_openai = provider.kind in OPENAI_KINDS or provider.vendor in OPENAI_VENDORS
    return Manners(provider.vendor, is_openai)


def _digest(text: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
