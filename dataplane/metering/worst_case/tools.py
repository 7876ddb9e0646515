"""What the tools that a request declares may add to its bill.

A client's own tools are text, and a preamble that the provider puts before them. Tools that the
provider runs itself (searches, code, MCP, an advisor) make it read their results and ask the model
again, all within one request: every call of a tool is a step more, and a search has a fee.
"""

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from dataplane.metering.worst_case.fields import (
    NOTHING,
    UNREADABLE,
    Fields,
    is_given,
    value_of,
    whole_number,
)
from dataplane.request import Endpoint, GatewayRequest

# What providers put before tools or a schema. Anthropic's, the longest, has some hundred tokens;
# a request with a schema was seen to take 332 tokens more than it has bytes.
PREAMBLE_TOKENS = 1_024
# A tool that the client runs and the provider describes; the largest seen (memory) took 1,600.
DESCRIBED_TOOL_TOKENS = 4_096
# One that stands for many (Anthropic's of the browser has some thirty).
TOOLSET_TOKENS = 16_384
TOOLSET = b"toolset"
CALLS_DEFAULT = 5
CALLS_MAX = 1_000
# How many times over its default a research model searches and asks itself.
RESEARCH_FACTOR = 20

TOOLS = "tools"
BEDROCK_TOOLS = "toolConfig"
SCHEMAS = ("response_format", "text", "output_config", "outputConfig", "generationConfig")
PROVIDERS_OWN = ("web_search_options", "plugins", "search_parameters", "mcp_servers")
COMPACTING = ("context_management", "compaction")
# Models of Anthropic's that are asked where the first declines.
FALLBACKS = "fallbacks"
SPECIAL = frozenset(
    {TOOLS, BEDROCK_TOOLS, "functions", *SCHEMAS, *PROVIDERS_OWN, *COMPACTING, FALLBACKS}
)

CLIENT_KINDS = (b'"function"', b'"custom"', b'"namespace"', b"null")
DESCRIBED_KINDS = (
    *(b'"bash_', b'"text_editor_', b'"memory_', b'"computer', b'"browser_'),
    *(b'"local_shell"', b'"apply_patch"'),
)
ADVISOR = b'"advisor_'
# Finds tools among those that the request has itself, so a step more reads nothing new.
TOOL_SEARCH = b'"tool_search'
# Without a kind (Gemini's, Bedrock's, some clients' of Anthropic) it is the client's by its names.
CLIENT_NAMES = frozenset(
    {
        *("function", "name", "description", "input_schema", "parameters", "strict", "type"),
        *("cache_control", "defer_loading", "toolSpec", "cachePoint"),
        *("functionDeclarations", "function_declarations"),
    }
)
# Names of models that search by themselves and bill what they read.
SEARCHING = ("-search", ":online", "compound", "deep-research")
RESEARCHING = "deep-research"

UNREADABLE_TOOL: Fields = {"": NOTHING}

_decode_tools = msgspec.json.Decoder(
    list[dict[str, msgspec.Raw]] | dict[str, msgspec.Raw] | None
).decode


@dataclass(frozen=True, slots=True)
class Advisor:
    """Another model that the provider asks on the way: at most so often, each time so much."""

    model: str
    calls: int
    output_tokens: int | None


@dataclass(slots=True)
class Tools:
    """What they come to: tokens put before the prompt, and calls that the provider makes."""

    preamble_tokens: int = 0
    calls: int = 0
    reads_more: bool = False
    """A call may put more before the model than the request holds."""
    is_compacting: bool = False
    advisors: tuple[Advisor, ...] = ()

    @property
    def steps(self) -> int:
        """How many times the model is asked."""
        return 1 + self.calls + self.is_compacting


def read_tools(call: GatewayRequest, model: str, calls_default: int = CALLS_DEFAULT) -> Tools:
    """What the request declares; `calls_default` is for tools of the provider without a limit."""
    tools = Tools()
    fields = call.fields
    unlimited = searches_by_itself(model)
    if not SPECIAL.isdisjoint(fields):
        if any(b"chema" in bytes(fields[name]) for name in SCHEMAS if name in fields):
            tools.preamble_tokens = PREAMBLE_TOKENS
        declared = _declared(fields)
        if declared or "functions" in fields:
            tools.preamble_tokens = PREAMBLE_TOKENS
        for tool in declared:
            unlimited |= _add(tool, tools, calls_default)
        unlimited |= any(is_given(fields, name) for name in PROVIDERS_OWN)
        tools.is_compacting = any(is_given(fields, name) for name in COMPACTING)
        if call.endpoint is Endpoint.MESSAGES and is_given(fields, FALLBACKS):
            tools.advisors += _fallbacks(fields)
    if unlimited:
        tools.reads_more = True
        tools.calls += calls_default * (RESEARCH_FACTOR if RESEARCHING in model else 1)
    if tools.calls and (most := whole_number(fields, "max_tool_calls")) is not None:
        tools.calls = min(tools.calls, most)
    return tools


@lru_cache(maxsize=10_000)
def searches_by_itself(model: str) -> bool:
    return any(mark in model.lower() for mark in SEARCHING)


def _declared(fields: Fields) -> list[Fields]:
    """Every tool; one that cannot be read counts as the provider's own."""
    try:
        tools = _decode_tools(fields.get(TOOLS, NOTHING)) or []
        config = _decode_tools(fields.get(BEDROCK_TOOLS, NOTHING))
        inside = _decode_tools(config.get(TOOLS, NOTHING)) if isinstance(config, dict) else None
    except UNREADABLE:
        return [UNREADABLE_TOOL]
    alone = [tools] if isinstance(tools, dict) else tools  # Gemini takes one without a list
    return [*alone, *(inside if isinstance(inside, list) else ())]


def _add(tool: Fields, tools: Tools, calls_default: int) -> bool:
    """Adds a tool; answers whether it is the provider's own and has no limit."""
    kind = bytes(tool.get("type", b"null"))
    if kind in CLIENT_KINDS and (kind != b"null" or tool.keys() <= CLIENT_NAMES):
        return False
    if kind.startswith(DESCRIBED_KINDS):
        tools.preamble_tokens += TOOLSET_TOKENS if TOOLSET in kind else DESCRIBED_TOOL_TOKENS
        return False
    limit = whole_number(tool, "max_uses") or _limit_inside(tool)
    calls = min(limit or calls_default, CALLS_MAX)
    tools.reads_more |= not kind.startswith(TOOL_SEARCH)
    if kind.startswith(ADVISOR):
        model = value_of(tool, "model")
        output_tokens = whole_number(tool, "max_tokens")
        tools.advisors += (Advisor(str(model), calls, output_tokens),)
    if limit is None and tools.reads_more:
        return True
    tools.calls += calls
    return False


def _fallbacks(fields: Fields) -> tuple[Advisor, ...]:
    """Each may be asked once, for as much as it says or the request. Anthropic's own choice of
    them (`default`) is a model that no price list has."""
    chosen = value_of(fields, FALLBACKS)
    most = whole_number(fields, "max_tokens")
    found = []
    for entry in chosen if isinstance(chosen, list) else [chosen]:
        asked = entry if isinstance(entry, dict) else {"model": entry}
        own = asked.get("max_tokens")
        found.append(Advisor(str(asked.get("model")), 1, own if type(own) is int else most))
    return tuple(found)


def _limit_inside(tool: Fields) -> int | None:
    """OpenRouter's tools have their settings one level down."""
    settings = value_of(tool, "parameters")
    limit = settings.get("max_uses") if isinstance(settings, dict) else None
    return limit if type(limit) is int and limit > 0 else None
