"""Images, documents, sounds and films as Gemini takes them: sent along, or pointed at.

https://ai.google.dev/gemini-api/docs/file-input-methods. Gemini fetches from its own store of
files, from Google's buckets and from YouTube, and films and sounds from any address; images and
documents at other addresses are fetched for it, since older models cannot.
"""

import mimetypes
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dataplane.conversation.parts import Media, ToolResult
from dataplane.conversation.request import Conversation
from dataplane.media.fetcher import MediaFetcher
from dataplane.providers.base import Untranslatable

BUCKETS = "gs"
SCHEMES = (BUCKETS, "https", "http")
YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"})
FILES = re.compile(r"files/[a-z0-9-]+")
FILES_HOST = "generativelanguage.googleapis.com"
GOOGLES_HOSTS = YOUTUBE | {FILES_HOST}
FILES_URL = f"https://{FILES_HOST}/v1beta/"
FETCHED_BY_GEMINI = ("audio", "video")
OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "application/x-pdf": "application/pdf",
    "audio/mpeg": "audio/mp3",
    "audio/x-wav": "audio/wav",
}
FILM = "video/mp4"


def media_in(conversation: Conversation) -> list[Media]:
    """All of it, what functions answered included."""
    parts = [part for message in conversation.messages for part in message.parts]
    parts += [inner for part in parts if isinstance(part, ToolResult) for inner in part.content]
    return [part for part in parts if isinstance(part, Media)]


async def fill_in(conversation: Conversation, fetcher: MediaFetcher) -> None:
    """Fetches what Gemini does not fetch itself. Raises `Untranslatable`."""
    pointed_at = [media for media in media_in(conversation) if media.url is not None]
    if not pointed_at:
        return
    for media in pointed_at:
        if _is_fetched_by_gemini(media):
            media.file_id, media.url = media.url, None
    await fetcher.fill_in(conversation)


def media_part(media: Media) -> dict[str, Any]:
    """Raises `Untranslatable`."""
    if media.cites:
        raise Untranslatable(media.path, "Gemini does not cite what it is sent")
    if media.data is not None:
        media_type = _media_type(media)
        if media_type is None:
            raise Untranslatable(media.path, "Gemini must be told its media type")
        if media.kind == "image" and not media_type.startswith("image/"):
            raise Untranslatable(media.path, "it is no image")
        return {"inlineData": {"mimeType": media_type, "data": media.data}}
    return {"fileData": _file(media)}


def _file(media: Media) -> dict[str, str]:
    address = media.file_id or media.url or ""
    if FILES.fullmatch(address):
        address = FILES_URL + address
    parts = _parts(address)
    if parts is None or parts.scheme not in SCHEMES:
        raise Untranslatable(media.path, "it is no file that Gemini has")
    media_type = _media_type(media) or mimetypes.guess_type(parts.path)[0]
    if media_type is None and parts.hostname in YOUTUBE:
        media_type = FILM
    return {"fileUri": address, **({"mimeType": media_type} if media_type else {})}


def _is_fetched_by_gemini(media: Media) -> bool:
    parts = _parts(media.url or "")
    if media.kind in FETCHED_BY_GEMINI or parts is None:
        return True
    return parts.scheme == BUCKETS or parts.hostname in GOOGLES_HOSTS


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _media_type(media: Media) -> str | None:
    media_type = (media.media_type or "").partition(";")[0].strip().lower()
    return OTHER_NAMES.get(media_type, media_type) or None
