"""OpenAI's Chat Completions, for clients of providers that speak otherwise."""

from dataplane.conversation.answer import Completion
from dataplane.conversation.request import Conversation
from dataplane.dialects.chat_completions.answers import write_answer
from dataplane.dialects.chat_completions.decoding import decoded
from dataplane.dialects.chat_completions.requests import read_request
from dataplane.dialects.chat_completions.streams import ChatStreamWriter
from dataplane.request import GatewayRequest

PARAMS = {
    "max_output_tokens": "max_completion_tokens",
    "output": "response_format",
    "thinking": "reasoning_effort",
    "end_user": "user",
    "instructions": "messages",
}


class ChatCompletions:
    """The client's side of `/v1/chat/completions`."""

    def read(self, call: GatewayRequest) -> Conversation:
        return read_request(decoded(call.fields))

    def param(self, name: str) -> str:
        return PARAMS.get(name, name)

    def write(self, call: GatewayRequest, completion: Completion) -> bytes:
        return write_answer(call, completion)

    def stream(self, call: GatewayRequest) -> ChatStreamWriter:
        return ChatStreamWriter(call)
