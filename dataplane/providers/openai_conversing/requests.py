"""The body of a request."""

from typing import Any

from dataplane.conversation.effort import effort_of
from dataplane.conversation.request import Conversation, OutputFormat, Tool, ToolChoice
from dataplane.providers.base import Untranslatable
from dataplane.providers.openai_conversing.manners import Manners
from dataplane.providers.openai_conversing.turns import Turns

NO_LOGPROBS = "answers of another dialect have no place for them"
NO_EFFORT = "none"
TIER_DEFAULT = "default"
END_USER = "end_user"

Body = dict[str, Any]


def write_body(asked: Conversation, model: str, manners: Manners, *, streamed: bool) -> Body:
    """Raises `Untranslatable`. What a server has no place for and changes nothing is ignored."""
    _refuse(asked, manners)
    body: Body = {"model": model, "messages": Turns(asked, manners).write()}
    if streamed:
        body["stream"] = True
        if manners.takes_usage_option:
            body["stream_options"] = {"include_usage": True}
    body |= _sampling(asked, manners)
    if asked.tools:
        body |= _tools(asked)
    if asked.output is not None:
        body["response_format"] = _format(asked.output)
    return {**body, **_thinking(asked, manners), **_service(asked, manners)}


def _refuse(asked: Conversation, manners: Manners) -> None:
    if asked.logprobs or asked.top_logprobs:
        raise Untranslatable("logprobs" if asked.logprobs else "top_logprobs", NO_LOGPROBS)
    if manners.is_openai and asked.top_k is not None:
        raise Untranslatable("top_k")


def _sampling(asked: Conversation, manners: Manners) -> Body:
    settings = {
        manners.limit_field: asked.max_output_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "top_k": asked.top_k,
        "stop": asked.stop or None,
        "n": asked.n,
        "seed": asked.seed,
        "frequency_penalty": asked.frequency_penalty,
        "presence_penalty": asked.presence_penalty,
        "logit_bias": asked.logit_bias,
        "verbosity": asked.verbosity,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _tools(asked: Conversation) -> Body:
    body: Body = {"tools": [_tool(tool) for tool in asked.tools]}
    if asked.tool_choice is not None:
        body["tool_choice"] = _choice(asked.tool_choice)
    if asked.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = asked.parallel_tool_calls
    return body


def _tool(tool: Tool) -> Body:
    facts = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    function = {name: value for name, value in facts.items() if value is not None}
    return {"type": "function", "function": function}


def _choice(choice: ToolChoice) -> str | Body:
    if choice.mode == "named":
        return {"type": "function", "function": {"name": choice.name}}
    return choice.mode


def _format(output: OutputFormat) -> Body:
    if output.schema is None:
        return {"type": "json_object"}
    facts = {
        "name": output.name,
        "description": output.description,
        "schema": output.schema,
        "strict": output.strict,
    }
    schema = {name: value for name, value in facts.items() if value is not None}
    return {"type": "json_schema", "json_schema": schema}


def _thinking(asked: Conversation, manners: Manners) -> Body:
    """Models that cannot think refuse any effort, so `none` is left unsaid where it can be."""
    if (thinking := asked.thinking) is None:
        return {}
    effort = thinking.effort or (effort_of(thinking.tokens) if thinking.tokens else None)
    if effort == NO_EFFORT:
        return {"thinking": {"type": "disabled"}} if manners.has_thinking_switch else {}
    return {} if effort is None else {"reasoning_effort": effort}


def _service(asked: Conversation, manners: Manners) -> Body:
    """Who is asked for, and how urgently; compatible servers have no name for the usual tier."""
    body: Body = {}
    if asked.end_user is not None and manners.takes_end_user:
        body["user"] = manners.end_user(asked.end_user)
    elif asked.end_user is not None:
        asked.ignored.append(END_USER)
    if asked.service_tier is not None and (manners.is_openai or asked.service_tier != TIER_DEFAULT):
        body["service_tier"] = asked.service_tier
    return body
