"""Images and documents as Claude takes them.

https://platform.claude.com/docs/en/build-with-claude/vision and /pdf-support: images of four types,
PDF, and plain text; sent along, by URL, or by the id of a file at Anthropic.
"""

import base64
import binascii
from typing import Any

from dataplane.conversation.parts import Media
from dataplane.providers.base import Untranslatable

FILES_BETA = b"files-api-2025-04-14"
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
OTHER_NAMES = {"image/jpg": "image/jpeg", "application/x-pdf": "application/pdf"}
PDF = "application/pdf"
PLAIN = "text/plain"
TEXT_TYPES = frozenset({"application/json", "application/xml", "application/yaml"})


def media_block(media: Media) -> dict[str, Any]:
    """Raises `Untranslatable` for sounds, films, and types that Claude does not read."""
    if media.kind == "image":
        return {"type": "image", "source": _image_source(media)}
    if media.kind != "document":
        raise Untranslatable(media.path, f"Claude takes no {media.kind}")
    block: dict[str, Any] = {"type": "document", "source": _document_source(media)}
    if media.name:
        block["title"] = media.name
    if media.cites:
        block["citations"] = {"enabled": True}
    return block


def _image_source(media: Media) -> dict[str, Any]:
    if media.data is None:
        return _pointer(media)
    media_type = _media_type(media)
    if media_type not in IMAGE_TYPES:
        raise Untranslatable(media.path, "Claude takes JPEG, PNG, GIF and WebP images")
    return {"type": "base64", "media_type": media_type, "data": media.data}


def _document_source(media: Media) -> dict[str, Any]:
    if media.data is None:
        return _pointer(media)
    media_type = _media_type(media)
    if media_type == PDF:
        return {"type": "base64", "media_type": PDF, "data": media.data}
    if media_type.startswith("text/") or media_type in TEXT_TYPES:
        return {"type": "text", "media_type": PLAIN, "data": _decoded(media)}
    raise Untranslatable(media.path, "Claude takes PDF and text documents")


def _pointer(media: Media) -> dict[str, Any]:
    if media.url is not None:
        return {"type": "url", "url": media.url}
    return {"type": "file", "file_id": media.file_id}


def _media_type(media: Media) -> str:
    media_type = (media.media_type or "").partition(";")[0].strip().lower()
    if not media_type:
        raise Untranslatable(media.path, "Claude must be told its media type")
    return OTHER_NAMES.get(media_type, media_type)


def _decoded(media: Media) -> str:
    try:
        return base64.b64decode(media.data or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Untranslatable(media.path, "it is no text in UTF-8, encoded as base64") from error
