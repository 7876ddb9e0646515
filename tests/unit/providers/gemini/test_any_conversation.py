"""Whatever a conversation holds, Gemini is asked in JSON, or the field at fault is named."""

import asyncio
import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dataplane.conversation.parts import (
    CacheMark,
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dataplane.conversation.request import (
    Conversation,
    Message,
    OutputFormat,
    Thinking,
    Tool,
    ToolChoice,
)
from dataplane.providers.base import Untranslatable
from tests.unit.providers.gemini.asking import sent

MODELS = ("gemini-3-flash", "gemini-2.5-pro", "gemini-2.0-flash", "gemini-4-argon", "odd//name", "")
ADDRESSES = ("gs://a", "https://youtu.be/1", "https://x.test/a", "http://[", "ftp://a", "")
SIGNATURES = ("gemini#a", "gemini-thoughts#b", "vertex#c", "x", "")
ARGUMENTS = ("{}", "", '{"a": 1}', "[", "null")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
marks = maybe(st.builds(CacheMark, maybe(words)))
texts = st.builds(Text, words, words, marks)
media = st.builds(
    Media,
    st.sampled_from(["image", "document", "audio", "video"]),
    maybe(st.sampled_from(["image/png", "application/pdf", "audio/mpeg", "text/plain", ""])),
    data=maybe(words),
    url=maybe(st.sampled_from(ADDRESSES)),
    file_id=maybe(st.sampled_from(["files/a", "x", ""])),
    detail=maybe(st.sampled_from(["low", "high", "auto"])),
    path=words,
    cites=st.booleans(),
)
thoughts = st.builds(Reasoning, words, maybe(st.sampled_from(SIGNATURES)), maybe(words), words)
calls = st.builds(
    ToolCall, st.sampled_from("abc"), words, st.sampled_from(ARGUMENTS), maybe(words), words, marks
)
contents = st.lists(texts | media, max_size=3)
results = st.builds(
    ToolResult, st.sampled_from("abcd"), contents, maybe(words), st.booleans(), words, marks
)
parts = texts | media | thoughts | calls | results | st.builds(Refusal, words, words)
roles = st.sampled_from(["user", "assistant", "system"])
messages = st.lists(st.builds(Message, roles, st.lists(parts, max_size=4)), max_size=4)
schemas = maybe(st.just({"type": "object"}))
tools = st.builds(Tool, words, maybe(words), schemas, maybe(st.booleans()), words, marks)
modes = st.sampled_from(["auto", "none", "required", "named"])
thinking = st.builds(
    Thinking, maybe(st.sampled_from(EFFORTS)), maybe(st.integers(0, 10**6)), st.booleans()
)
conversations = st.builds(
    Conversation,
    messages,
    st.lists(texts, max_size=2),
    st.lists(tools, max_size=2),
    maybe(st.builds(ToolChoice, modes, maybe(words))),
    maybe(st.booleans()),
    maybe(st.builds(OutputFormat, schemas)),
    maybe(thinking),
    max_output_tokens=maybe(st.integers(1, 10**6)),
)


@settings(max_examples=200, deadline=None)
@given(conversation=conversations, model=st.sampled_from(MODELS))
def test_any_conversation_is_written_or_refused(conversation: Conversation, model: str):
    with contextlib.suppress(Untranslatable):
        body = asyncio.run(sent(conversation, model))
        assert body["contents"]
        assert json.dumps(conversation.ignored)
