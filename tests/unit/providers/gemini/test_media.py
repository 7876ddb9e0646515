"""Images, documents, sounds and films, sent along or pointed at."""

import pytest

from dataplane.conversation.parts import Media
from dataplane.providers.base import Untranslatable
from tests.unit.providers.gemini.asking import asking, sent, user

PATH = "messages[0].content[1]"


async def part_of(media: Media, model: str = "gemini-2.5-flash"):
    body = await sent(asking(user("Look:", media)), model)
    return body["contents"][0]["parts"][1]


@pytest.mark.parametrize(
    ("kind", "given", "written"),
    [
        ("image", "image/png", "image/png"),
        ("image", "image/jpg", "image/jpeg"),
        ("document", "application/pdf", "application/pdf"),
        ("document", "text/plain; charset=utf-8", "text/plain"),
        ("audio", "audio/mpeg", "audio/mp3"),
        ("audio", "audio/wav", "audio/wav"),
        ("video", "video/mp4", "video/mp4"),
    ],
)
async def test_what_is_sent_along_goes_inline(kind: str, given: str, written: str):
    part = await part_of(Media(kind, given, data="aGk="))
    assert part == {"inlineData": {"mimeType": written, "data": "aGk="}}


@pytest.mark.parametrize(
    ("media", "file"),
    [
        (
            Media("image", None, url="gs://bucket/a.png"),
            {"fileUri": "gs://bucket/a.png", "mimeType": "image/png"},
        ),
        (
            Media("video", None, url="https://youtu.be/lCdaVNyHtjU"),
            {"fileUri": "https://youtu.be/lCdaVNyHtjU", "mimeType": "video/mp4"},
        ),
        (
            Media("document", None, url="https://www.youtube.com/watch?v=1"),
            {"fileUri": "https://www.youtube.com/watch?v=1", "mimeType": "video/mp4"},
        ),
        (
            Media("audio", "audio/mpeg", url="https://example.com/a"),
            {"fileUri": "https://example.com/a", "mimeType": "audio/mp3"},
        ),
        (
            Media("image", None, url="https://generativelanguage.googleapis.com/v1beta/files/3qsw"),
            {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/3qsw"},
        ),
        (
            Media("image", "image/jpeg", file_id="files/3qsw"),
            {
                "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/3qsw",
                "mimeType": "image/jpeg",
            },
        ),
    ],
)
async def test_gemini_is_pointed_at_what_it_fetches_itself(media: Media, file: dict[str, str]):
    assert await part_of(media) == {"fileData": file}


@pytest.mark.parametrize(
    "media",
    [
        Media("image", None, data="aGk=", path=PATH),
        Media("image", "application/pdf", data="aGk=", path=PATH),
        Media("document", None, file_id="file-abc123", path=PATH),
        Media("document", "application/pdf", data="aGk=", cites=True, path=PATH),
        Media("image", None, url="https://example.com/a.png", path=PATH),
        Media("image", None, url="https://youtu.be.example.com/a.png", path=PATH),
        Media("image", None, url="http://[bad", path=PATH),
        Media("video", None, url="http://[bad", path=PATH),
        Media("video", None, url="ftp://example.com/a.mp4", path=PATH),
    ],
)
async def test_what_cannot_be_passed_on_is_refused_by_its_path(media: Media):
    with pytest.raises(Untranslatable) as raised:
        await part_of(media)
    assert raised.value.field == PATH


@pytest.mark.parametrize(
    ("details", "resolution"),
    [
        (["low"], "MEDIA_RESOLUTION_LOW"),
        (["low", "high"], "MEDIA_RESOLUTION_HIGH"),
        (["low", None], None),
        ([None], None),
    ],
)
async def test_all_images_are_looked_at_as_closely_as_any_is_to_be(
    details: list[str | None], resolution: str | None
):
    images = [Media("image", "image/png", data="aGk=", detail=detail) for detail in details]
    body = await sent(asking(user(*images)))
    assert body.get("generationConfig", {}).get("mediaResolution") == resolution
