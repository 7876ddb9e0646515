"""Anthropic's Messages, for clients of providers that speak otherwise."""

from dataplane.conversation.answer import Completion
from dataplane.conversation.request import Conversation
from dataplane.dialects.messages.answers import write_answer
from dataplane.dialects.messages.decoding import decoded
from dataplane.dialects.messages.requests import read_request
from dataplane.dialects.messages.streams import MessagesStreamWriter
from dataplane.request import Endpoint, GatewayRequest

PARAMS = {
    "max_output_tokens": "max_tokens",
    "output": "output_config.format",
    "instructions": "system",
    "stop": "stop_sequences",
    "end_user": "metadata.user_id",
    "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
}


class Messages:
    """The client's side of `/v1/messages`, and the question of `/v1/messages/count_tokens`."""

    def read(self, call: GatewayRequest) -> Conversation:
        is_count = call.endpoint is Endpoint.COUNT_TOKENS
        return read_request(decoded(call.fields), is_count=is_count)

    def param(self, name: str) -> str:
        return PARAMS.get(name, name)

    def write(self, call: GatewayRequest, completion: Completion) -> bytes:
        return write_answer(call, completion)

    def stream(self, call: GatewayRequest) -> MessagesStreamWriter:
        return MessagesStreamWriter(call)
