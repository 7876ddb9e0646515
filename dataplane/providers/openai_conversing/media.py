"""Images, documents and sound, in OpenAI's parts."""

import base64
import binascii
from typing import Any

from dataplane.conversation.parts import Media
from dataplane.providers.base import Untranslatable
from dataplane.providers.openai_conversing.manners import Manners

AUDIO_FORMATS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
DOCUMENT_NAME = "document.pdf"
TEXT_TYPES = "text/"

NO_TYPE = "its media type is not known"
NO_LINK = "files must be sent along there"
NO_STORED = "only documents can be named by a file id there"
NO_CITATIONS = "the provider cannot be asked to cite it"

Part = dict[str, Any]


def media_part(media: Media, manners: Manners) -> Part:
    """Raises `Untranslatable`."""
    if media.cites:
        raise Untranslatable(media.path, NO_CITATIONS)
    if media.kind == "image":
        return _image(media)
    if media.kind == "document":
        return _document(media, manners)
    if media.kind == "audio":
        return _audio(media)
    return _video(media, manners)


def _image(media: Media) -> Part:
    image: Part = {"url": _url(media)}
    if media.detail is not None:
        image["detail"] = media.detail
    return {"type": "image_url", "image_url": image}


def _document(media: Media, manners: Manners) -> Part:
    """A text is said as text, which every server can read."""
    if media.file_id is not None:
        return {"type": "file", "file": {"file_id": media.file_id}}
    if media.url is not None and not manners.takes_links_to_files:
        raise Untranslatable(media.path, NO_LINK)
    if media.data is not None and (media.media_type or "").startswith(TEXT_TYPES):
        return {"type": "text", "text": _decoded(media)}
    file = {"filename": media.name or DOCUMENT_NAME, "file_data": _url(media)}
    return {"type": "file", "file": file}


def _decoded(media: Media) -> str:
    try:
        text = base64.b64decode(media.data or "", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Untranslatable(media.path, "it is no text in UTF-8 and base64") from error
    return f"{media.name}\n\n{text}" if media.name else text


def _audio(media: Media) -> Part:
    audio_format = AUDIO_FORMATS.get(media.media_type or "")
    if media.data is None or audio_format is None:
        raise Untranslatable(media.path, "sound must be sent along as WAV or MP3")
    return {"type": "input_audio", "input_audio": {"data": media.data, "format": audio_format}}


def _video(media: Media, manners: Manners) -> Part:
    """Compatible servers that see films take them in the form of images."""
    if manners.is_openai:
        raise Untranslatable(media.path)
    return {"type": "video_url", "video_url": {"url": _url(media)}}


def _url(media: Media) -> str:
    if media.url is not None:
        return media.url
    if media.data is None:
        raise Untranslatable(media.path, NO_STORED)
    if media.media_type is None:
        raise Untranslatable(media.path, NO_TYPE)
    return f"data:{media.media_type};base64,{media.data}"
