"""Images, documents, films and sounds as Converse takes them: bytes in base64, or an object in S3.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
"""

import base64
import binascii
import mimetypes
import re
from typing import Any

from dataplane.conversation.parts import Media
from dataplane.media.kinds import media_type_of
from dataplane.providers.base import Untranslatable

IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
OFFICE = "application/vnd.openxmlformats-officedocument"
DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    f"{OFFICE}.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    f"{OFFICE}.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
VIDEOS = {
    "video/x-matroska": "mkv",
    "video/quicktime": "mov",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "three_gp",
}
SOUNDS = {
    "audio/mpeg": "mp3",
    "audio/opus": "opus",
    "audio/wav": "wav",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "mp4",
    "audio/ogg": "ogg",
    "audio/x-matroska": "mka",
    "audio/pcm": "pcm",
    "audio/webm": "webm",
}
FORMATS = {"image": IMAGES, "document": DOCUMENTS, "video": VIDEOS, "audio": SOUNDS}
OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "application/x-pdf": "application/pdf",
    "text/x-markdown": "text/markdown",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "video/x-mov": "video/quicktime",
}
STORE = "s3://"
# The first bytes of a file, in base64, are enough to tell what it is.
SNIFFED_CHARACTERS = 64
NAME_CHARACTERS_MAX = 180
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9\s()\[\]-]+")
SPACES = re.compile(r"\s+")
NAMELESS = "Document"


class MediaWriter:
    """Writes the media of one request, whose documents must have names of their own."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def block(self, media: Media) -> dict[str, Any]:
        """Raises `Untranslatable`."""
        kind, source = media.kind, _source(media)
        body: dict[str, Any] = {"format": _format(media), "source": source}
        if kind == "document":
            body["name"] = self._name(media.name)
            if media.cites:
                body["citations"] = {"enabled": True}
        return {kind: body}

    def _name(self, given: str | None) -> str:
        """Of letters, digits, single spaces, hyphens, parentheses and brackets."""
        stem = (given or "").rpartition("/")[2]
        plain = SPACES.sub(" ", NOT_IN_NAMES.sub(" ", stem)).strip()[:NAME_CHARACTERS_MAX].strip()
        plain = plain or NAMELESS
        name, number = plain, 2
        while name in self._names:
            name, number = f"{plain} {number}", number + 1
        self._names.add(name)
        return name


def _source(media: Media) -> dict[str, Any]:
    if media.data is not None:
        return {"bytes": media.data}
    if media.url is not None and media.url.startswith(STORE):
        return {"s3Location": {"uri": media.url}}
    if media.file_id is not None:
        raise Untranslatable(media.path, "files stored at another provider are not at Bedrock")
    raise Untranslatable(media.path, "Bedrock takes content that is sent along, or stored in S3")


def _format(media: Media) -> str:
    formats = FORMATS.get(media.kind, {})
    media_type = _media_type(media)
    if found := formats.get(media_type):
        return found
    known = ", ".join(sorted(formats.values()))
    raise Untranslatable(media.path, f"Bedrock takes a {media.kind} as {known}")


def _media_type(media: Media) -> str:
    """As the client says it, else as the first bytes or the name show."""
    media_type = (media.media_type or "").partition(";")[0].strip().lower()
    if not media_type and media.data is not None:
        media_type = _sniffed(media.data)
    if not media_type:
        media_type = mimetypes.guess_type(media.name or media.url or "")[0] or ""
    return OTHER_NAMES.get(media_type, media_type)


def _sniffed(data: str) -> str:
    try:
        return media_type_of(base64.b64decode(data[:SNIFFED_CHARACTERS])) or ""
    except (binascii.Error, ValueError):
        return ""
