"""OpenAI's Responses API."""

from dataplane.conversation.answer import Choice, Completion, Stop
from dataplane.conversation.request import Conversation
from dataplane.dialects.base import StreamWriter
from dataplane.dialects.responses.encoding import encode
from dataplane.dialects.responses.objects import ResponseObject, usage_of
from dataplane.dialects.responses.request import read
from dataplane.dialects.responses.stream import ResponsesStream
from dataplane.dialects.responses.whole import output_of
from dataplane.request import GatewayRequest

NAMES = {
    "messages": "input",
    "output": "text.format",
    "verbosity": "text.verbosity",
    "thinking": "reasoning",
    "end_user": "user",
    "logprobs": "include",
}
"""Fields of a conversation by another name; all others are called here what they are there."""
NO_CHOICE = Choice([], Stop.END)


class Responses:
    """The `Dialect` of `/v1/responses`."""

    def read(self, call: GatewayRequest) -> Conversation:
        return read(call)

    def param(self, name: str) -> str:
        return NAMES.get(name, name)

    def write(self, call: GatewayRequest, completion: Completion) -> bytes:
        response = ResponseObject(call)
        choice = completion.choices[0] if completion.choices else NO_CHOICE
        usage = None if completion.usage is None else usage_of(completion.tokens)
        output = output_of(choice, response.ids)
        return encode(response.ended(completion.model, output, choice.stop, usage))

    def stream(self, call: GatewayRequest) -> StreamWriter:
        return ResponsesStream(ResponseObject(call))
