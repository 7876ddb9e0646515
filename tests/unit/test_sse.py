"""Server-sent events, parsed: the usual forms by a shorter way, all others by the standard's."""

import pytest

from dataplane.providers.sse import Event, parse


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'data: {"a":1}\n\n', Event(data=b'{"a":1}')),
        (b'event: ping\ndata: {"a":1}\n\n', Event(b"ping", b'{"a":1}')),
        (b'event: ping\ndata: {"a":1}  \n\n', Event(b"ping", b'{"a":1}  ')),
        (b'event: ping\r\ndata: {"a":1}\r\n\r\n', Event(b"ping", b'{"a":1}')),
        (b'event:ping\ndata:{"a":1}\n\n', Event(b"ping", b'{"a":1}')),
        (b'data: {"a":1}\nevent: ping\n\n', Event(b"ping", b'{"a":1}')),
        (b"event: ping\n\n", Event(b"ping")),
        (b"event: ping\nid: 7\n\n", Event(b"ping")),
        (b"event: ping\n\ndata: late\n", Event(b"ping", b"late")),
        (b"event: a\ndata: b\ndata: c\n\n", Event(b"a", b"b\nc")),
        (b'event: a\ndata: {"x":\ndata: 1}\n\n', Event(b"a", b'{"x":\n1}')),
        (b"event: a\ndata: b", Event(b"a", b"b")),
        (b": comment\n\n", Event()),
        (b'error: {"a":1}\n\n', Event(error=b'{"a":1}')),
        (b"", Event()),
    ],
)
def test_events(raw: bytes, expected: Event) -> None:
    assert parse(raw) == expected
