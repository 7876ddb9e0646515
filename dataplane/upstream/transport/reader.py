"""Reads answers off a connection, one after the other, with llhttp behind httptools.

llhttp is strict by default, and stays so: no bare line feeds, no folded lines, no second or
overflowing content-length, none beside a transfer-encoding.
"""

import httptools
import httpx

from dataplane.upstream.transport.answer import Answer

HEAD_BYTES_MAX = 64 * 1024
"""Of a head with all that came before it, of a trailer, of whatever else is not body."""

FRAMING_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

NO_HTTP = "the answer is not well-formed HTTP"
TOO_LARGE = "the head of the answer is too large"


class AnswerReader:
    """Feeds each answer from the bytes of its connection."""

    _answer: Answer

    def __init__(self) -> None:
        self.leaves_open = False
        """After the answer just read, the connection is good for another."""
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._bytes_beside_body = 0

    def expect(self, answer: Answer) -> None:
        """What comes next belongs to this answer."""
        self._answer = answer
        self._headers = []
        self._bytes_beside_body = 0
        self.leaves_open = False

    def feed(self, data: bytes) -> None:
        """Raises `httpx.RemoteProtocolError`, unless only what follows the answer is wrong."""
        answer = self._answer
        answer.has_begun = True
        self._bytes_beside_body += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.leaves_open = False
            if not answer.is_complete:
                raise httpx.RemoteProtocolError(NO_HTTP) from None
        if self._bytes_beside_body > HEAD_BYTES_MAX and not answer.is_complete:
            raise httpx.RemoteProtocolError(TOO_LARGE)

    def end(self) -> None:
        """The server has nothing more to say. Raises `httpx.RemoteProtocolError` if it should."""
        answer = self._answer
        if not answer.status or any(name.lower() in FRAMING_HEADERS for name, _ in answer.headers):
            raise httpx.RemoteProtocolError("the connection was closed in the middle of an answer")
        answer.complete()

    # What httptools calls. Whatever is raised here makes `feed_data` raise.

    def on_message_begin(self) -> None:
        if self._answer.status:
            raise ValueError("an answer that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Headers that come after the body are collected, too, and dropped."""
        answer, headers, self._headers = self._answer, self._headers, []
        status = self._parser.get_status_code()
        if status < 200:
            _check_interim(status)
            return
        if self._bytes_beside_body > HEAD_BYTES_MAX and _size(headers) > HEAD_BYTES_MAX:
            raise ValueError(TOO_LARGE)
        self._bytes_beside_body = 0
        answer.begin(status, headers)
        self.leaves_open = answer.has_body and self._parser.should_keep_alive()
        if not answer.has_body:
            answer.complete()

    def on_body(self, piece: bytes) -> None:
        self._bytes_beside_body = 0
        answer = self._answer
        if answer.has_body:
            answer.add(piece)

    def on_message_complete(self) -> None:
        answer = self._answer
        if answer.status and answer.has_body:
            answer.complete()


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def _check_interim(status: int) -> None:
    """Answers of 1xx announce the real one; but no other protocol was asked for."""
    if status < 100 or status == 101:
        raise ValueError("a status that answers nothing")
