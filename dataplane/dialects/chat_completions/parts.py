"""What messages are made of: text, images, sound, files."""

from collections.abc import Callable
from mimetypes import guess_type

from dataplane.conversation.parts import CacheMark, Media, Refusal, Text
from dataplane.dialects.chat_completions.forms import CacheControl, Link, PartForm
from dataplane.dialects.faults import invalid, missing, unsupported

DATA_URL = "data:"
BASE64 = "base64"
LINKS = ("https://", "http://", "gs://", "s3://")
MEDIA_KINDS = ("image", "audio", "video")
DOCUMENT = "document"
AUDIO_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "aiff": "audio/aiff",
    "pcm16": "audio/pcm",
}
DETAIL_DEFAULT = "auto"

Content = Text | Media | Refusal


def read_content(
    content: str | list[PartForm] | None, path: str, types: frozenset[str]
) -> list[Content]:
    """The parts of a message, of the types that its role may have. Empty texts say nothing."""
    if not content:
        return []
    if isinstance(content, str):
        return [Text(content, path)]
    read = (_read(form, f"{path}[{place}]", types) for place, form in enumerate(content))
    return [part for part in read if not (isinstance(part, Text) and not part.text)]


def _read(form: PartForm, path: str, types: frozenset[str]) -> Content:
    reader = READERS.get(form.type)
    if reader is None:
        raise unsupported(f"{path}.type", "parts of this type are not known here")
    if form.type not in types:
        raise invalid(f"{path}.type", "one that messages of this role can have")
    part = reader(form, path)
    if not isinstance(part, Refusal):
        part.cache = cache_mark(form.cache_control)
        if part.cache is None and form.prompt_cache_breakpoint is not None:
            part.cache = CacheMark()
    return part


def cache_mark(control: CacheControl | None) -> CacheMark | None:
    return None if control is None else CacheMark(control.ttl)


def _text(form: PartForm, path: str) -> Text:
    if form.text is None:
        raise missing(f"{path}.text")
    return Text(form.text, path)


def _refusal(form: PartForm, path: str) -> Refusal:
    if form.refusal is None:
        raise missing(f"{path}.refusal")
    return Refusal(form.refusal, path)


def _image(form: PartForm, path: str) -> Media:
    return _linked(form.image_url, "image", f"{path}.image_url", path)


def _video(form: PartForm, path: str) -> Media:
    return _linked(form.video_url, "video", f"{path}.video_url", path)


def _linked(link: Link | str | None, kind: str, field: str, path: str) -> Media:
    """Some clients send other media than images in data URLs of images (PDF)."""
    if link is None:
        raise missing(field)
    link = Link(link) if isinstance(link, str) else link
    detail = link.detail if link.detail != DETAIL_DEFAULT else None
    if link.url[:5].lower() == DATA_URL:
        media_type, data = _data_url(link.url, f"{field}.url")
        return Media(_kind(media_type), media_type, data=data, detail=detail, path=path)
    if not _is_link(link.url):
        raise invalid(f"{field}.url", "a URL, or a data URL in base64")
    return Media(kind, link.format, url=link.url, detail=detail, path=path)


def _audio(form: PartForm, path: str) -> Media:
    if (audio := form.input_audio) is None:
        raise missing(f"{path}.input_audio")
    if (media_type := AUDIO_TYPES.get(audio.format)) is None:
        raise invalid(f"{path}.input_audio.format", f"one of {', '.join(AUDIO_TYPES)}")
    data = audio.data
    if data.startswith(DATA_URL):
        _, data = _data_url(data, f"{path}.input_audio.data")
    if not data:
        raise invalid(f"{path}.input_audio.data", "base64")
    return Media("audio", media_type, data=data, path=path)


def _file(form: PartForm, path: str) -> Media:
    if (file := form.file) is None:
        raise missing(f"{path}.file")
    if bool(file.file_data) == bool(file.file_id):
        raise invalid(f"{path}.file", "given by either 'file_data' or 'file_id'")
    media_type = file.format or guess_type(file.filename or "")[0]
    media = Media(DOCUMENT, media_type, file_id=file.file_id, name=file.filename, path=path)
    if file.file_data is not None and file.file_data[:5].lower() == DATA_URL:
        media.media_type, media.data = _data_url(file.file_data, f"{path}.file.file_data")
    elif file.file_data and _is_link(file.file_data):
        media.url = file.file_data
    else:
        media.data = file.file_data or None
    media.kind = _kind(media.media_type)
    return media


def _is_link(url: str) -> bool:
    return url[:8].lower().startswith(LINKS)


def _data_url(url: str, path: str) -> tuple[str, str]:
    """Its media type, and its base64."""
    header, _, data = url[len(DATA_URL) :].partition(",")
    media_type, *parameters = header.split(";")
    if not media_type or BASE64 not in parameters or not data:
        raise invalid(path, "a data URL with a media type and base64")
    return media_type.lower(), data


def _kind(media_type: str | None) -> str:
    kind = (media_type or "").partition("/")[0]
    return kind if kind in MEDIA_KINDS else DOCUMENT


READERS: dict[str, Callable[[PartForm, str], Content]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "video_url": _video,
    "input_audio": _audio,
    "file": _file,
}
