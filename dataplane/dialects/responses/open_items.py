"""Items of the output while they are being written: each knows its events and its final form."""

from typing import Any, Protocol

from dataplane.dialects.responses import objects
from dataplane.dialects.responses.annotations import annotation
from dataplane.dialects.responses.events import Events, Head, delta_head
from dataplane.dialects.responses.objects import IN_PROGRESS, Object
from dataplane.dialects.responses.proofs import NOTHING


class OpenItem(Protocol):
    """One item, from its first event to its last."""

    object: Object
    """As it is so far; whole once it is closed."""
    is_open: bool

    def opening(self) -> bytes: ...

    def closing(self, status: str) -> bytes: ...


class _Item:
    """What all items share."""

    prefix = ""

    def __init__(self, events: Events, ids: str, index: int) -> None:
        self.object: Object = {}
        self.is_open = True
        self._events = events
        self._id = f"{self.prefix}_{ids}_{index}"
        self._index = index
        self._place = {"item_id": self._id, "output_index": index}

    def opening(self) -> bytes:
        return self._events.event(
            "response.output_item.added", output_index=self._index, item=self.object
        )

    def _done(self, item: Object) -> bytes:
        self.object = item
        self.is_open = False
        return self._events.event("response.output_item.done", output_index=self._index, item=item)


class Words(_Item):
    """A message: runs of text and of refusal, each a part of its content."""

    prefix = "msg"

    def __init__(self, events: Events, ids: str, index: int) -> None:
        super().__init__(events, ids, index)
        self.object = objects.message(self._id, [], IN_PROGRESS)
        self._content: list[Object] = []
        self._kind: str | None = None
        self._pieces: list[str] = []
        self._annotations: list[Object] = []
        self._head: Head = b""

    def text(self, text: str) -> bytes:
        opening = self._turn_to("output_text")
        self._pieces.append(text)
        return opening + self._events.delta(self._head, text)

    def refusal(self, text: str) -> bytes:
        opening = self._turn_to("refusal")
        self._pieces.append(text)
        return opening + self._events.delta(self._head, text)

    def cite(self, citation: Any) -> bytes:
        """At the place the text has come to: where the cited words end is not known yet."""
        opening = self._turn_to("output_text")
        place = sum(map(len, self._pieces))
        if (found := annotation(citation, place, place)) is None:
            return opening
        self._annotations.append(found)
        return opening + self._events.event(
            "response.output_text.annotation.added",
            **self._place,
            content_index=len(self._content),
            annotation_index=len(self._annotations) - 1,
            annotation=found,
        )

    def closing(self, status: str) -> bytes:
        return self._end_part() + self._done(objects.message(self._id, self._content, status))

    def _turn_to(self, kind: str) -> bytes:
        if self._kind == kind:
            return b""
        ending = self._end_part()
        self._kind = kind
        place = {**self._place, "content_index": len(self._content)}
        logprobs: Object = {"logprobs": []} if kind == "output_text" else {}
        self._head = delta_head(f"response.{kind}.delta", **place, **logprobs)
        part = self._part("")
        return ending + self._events.event("response.content_part.added", **place, part=part)

    def _part(self, text: str) -> Object:
        if self._kind == "refusal":
            return objects.refusal(text)
        return objects.output_text(text, self._annotations)

    def _end_part(self) -> bytes:
        if self._kind is None:
            return b""
        text = "".join(self._pieces)
        part = self._part(text)
        place = {**self._place, "content_index": len(self._content)}
        said = {"refusal": text} if self._kind == "refusal" else {"text": text, "logprobs": []}
        self._content.append(part)
        done = self._events.event(f"response.{self._kind}.done", **place, **said)
        self._kind, self._pieces, self._annotations = None, [], []
        return done + self._events.event("response.content_part.done", **place, part=part)


class Thoughts(_Item):
    """A reasoning item: one summary, where there are words, and what the provider wants back."""

    prefix = "rs"

    def __init__(self, events: Events, ids: str, index: int) -> None:
        super().__init__(events, ids, index)
        self.proof = NOTHING
        self.object = objects.reasoning(self._id, "", NOTHING, IN_PROGRESS)
        self._pieces: list[str] = []
        self._at = {**self._place, "summary_index": 0}
        self._head: Head = b""

    def text(self, text: str) -> bytes:
        opening = b""
        if not self._pieces:
            self._head = delta_head("response.reasoning_summary_text.delta", **self._at)
            opening = self._events.event(
                "response.reasoning_summary_part.added", **self._at, part=objects.summary_text("")
            )
        self._pieces.append(text)
        return opening + self._events.delta(self._head, text)

    def closing(self, status: str) -> bytes:
        text = "".join(self._pieces)
        item = objects.reasoning(self._id, text, self.proof, status)
        if not text:
            return self._done(item)
        part = objects.summary_text(text)
        return (
            self._events.event("response.reasoning_summary_text.done", **self._at, text=text)
            + self._events.event("response.reasoning_summary_part.done", **self._at, part=part)
            + self._done(item)
        )


class Call(_Item):
    """A function call, whose arguments come in pieces."""

    prefix = "fc"

    def __init__(self, events: Events, ids: str, index: int, call_id: str, name: str) -> None:
        super().__init__(events, ids, index)
        self._call = (self._id, call_id, name)
        self.object = objects.function_call(*self._call, "", IN_PROGRESS)
        self._pieces: list[str] = []
        self._head = delta_head("response.function_call_arguments.delta", **self._place)

    def arguments(self, text: str) -> bytes:
        self._pieces.append(text)
        return self._events.delta(self._head, text)

    def closing(self, status: str) -> bytes:
        text = "".join(self._pieces)
        done = self._events.event(
            "response.function_call_arguments.done",
            **self._place,
            name=self._call[2],
            arguments=text,
        )
        return done + self._done(objects.function_call(*self._call, text, status))
