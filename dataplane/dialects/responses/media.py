"""Images, files and sounds of a request: sent along, pointed at, or stored at the provider."""

import mimetypes

from dataplane.conversation.parts import CacheMark, Media
from dataplane.dialects.faults import invalid, missing
from dataplane.dialects.responses.reading import (
    Object,
    one_of,
    optional,
    required,
)

DETAILS = ("auto", "low", "high", "original")
AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}
DOCUMENT = "document"
KINDS = ("image", "audio", "video")
WEB = ("https://", "http://")


def image(part: Object, path: str, cache: CacheMark | None) -> Media:
    place, value = _one_place(part, path, ("image_url", "file_id"))
    found = Media("image", None, path=f"{path}.{place}", cache=cache, detail=_detail(part, path))
    if place == "file_id":
        found.file_id = value
    elif value.startswith(WEB):
        found.url = value
    else:
        found.media_type, found.data = _data_url(value, f"{path}.image_url")
        if not found.media_type.startswith("image/"):
            raise invalid(f"{path}.image_url", "the address or the data URL of an image")
    return found


def file(part: Object, path: str, cache: CacheMark | None) -> Media:
    """A file's kind is what its data says it is, else what its name says."""
    place, value = _one_place(part, path, ("file_data", "file_url", "file_id"))
    name = optional(part, "filename", path)
    found = Media(DOCUMENT, _type_of(name), path=f"{path}.{place}", cache=cache, name=name)
    found.detail = _detail(part, path)
    if place == "file_id":
        found.file_id = value
    elif place == "file_url":
        if not value.startswith(WEB):
            raise invalid(f"{path}.file_url", "an address that starts with https://")
        found.url = value
    elif value.startswith("data:"):
        found.media_type, found.data = _data_url(value, f"{path}.file_data")
    else:
        found.data = value
    kind = (found.media_type or "").partition("/")[0]
    found.kind = kind if kind in KINDS else DOCUMENT
    return found


def audio(part: Object, path: str) -> Media:
    kind = one_of(part.get("format"), f"{path}.format", AUDIO_TYPES)
    return Media("audio", AUDIO_TYPES[kind], data=required(part, "data", path), path=path)


def _one_place(part: Object, path: str, places: tuple[str, ...]) -> tuple[str, str]:
    """Where it is: the one of these fields that is given."""
    given = [name for name in places if part.get(name) is not None]
    if not given:
        raise missing(f"{path}.{places[0]}")
    if len(given) > 1:
        raise invalid(f"{path}.{given[1]}", f"left out beside '{given[0]}'")
    return given[0], required(part, given[0], path)


def _data_url(value: str, path: str) -> tuple[str, str]:
    """The media type and the base64 of `data:image/png;base64,…`."""
    head, comma, data = value.partition(",")
    media_type, *parameters = head.removeprefix("data:").split(";")
    if not head.startswith("data:") or not media_type or not comma or not data:
        raise invalid(path, "an address that starts with https://, or a data URL")
    if parameters[-1:] != ["base64"]:
        raise invalid(path, "a data URL in base64")
    return media_type.lower(), data


def _detail(part: Object, path: str) -> str | None:
    """How closely to look; `auto` asks for nothing."""
    if (value := part.get("detail")) is None:
        return None
    detail = one_of(value, f"{path}.detail", DETAILS)
    return None if detail == "auto" else detail


def _type_of(name: str | None) -> str | None:
    return mimetypes.guess_type(name)[0] if name else None
