"""What the client has been told so far, for another deployment to go on from."""

from dataplane.conversation.answer import (
    Ended,
    Event,
    Failed,
    ReasoningDelta,
    Started,
    Stopped,
    TextDelta,
    UsageReported,
)
from dataplane.translation.sizes import bytes_of

TEXT_BYTES_MAX = 1024 * 1024

_WITHOUT_WORDS = (Started, UsageReported, Failed)


class Transcript:
    """One answer in words. Whatever else is in it makes it one that nobody can go on with."""

    def __init__(self) -> None:
        self.started = Started("", "")
        self._pieces: list[str] = []
        self._bytes = 0
        self._is_plain = True

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def can_be_continued(self) -> bool:
        """It has words, nothing but words, and no end."""
        return self._is_plain and bool(self._pieces)

    def take(self, event: Event) -> None:
        if isinstance(event, TextDelta) and event.choice == 0:
            self._pieces.append(event.text)
            self._bytes += bytes_of(event)
            self._is_plain &= self._bytes <= TEXT_BYTES_MAX
        elif isinstance(event, Started):
            self.started = event
        elif isinstance(event, ReasoningDelta):
            # Thoughts that are not signed bind the words after them to nobody.
            self._is_plain &= event.signature is None and event.redacted is None
        elif isinstance(event, Stopped | Ended) or not isinstance(event, _WITHOUT_WORDS):
            self._is_plain = False
            self._pieces.clear()
