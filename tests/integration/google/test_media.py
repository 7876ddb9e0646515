"""What Gemini does not fetch itself is fetched for it, from a real server."""

import base64
import json

import pytest

from dataplane.conversation.parts import Media
from dataplane.providers.base import Untranslatable
from dataplane.providers.gemini.provider import Gemini
from tests.integration.test_media import PDF, PNG, answering, fetching
from tests.unit.providers.gemini.asking import OUTPUT_TOKENS_DEFAULT, asking, call, deployment, user

PATH = "messages[0].content[0]"


async def test_an_image_by_url_goes_inline_and_a_film_stays_where_it_is():
    async with fetching() as (fetcher, server):
        image = Media("image", None, url=f"http://pictures.example:{server.port}/a.png", path=PATH)
        film = Media("video", None, url="https://youtu.be/1")
        gemini = Gemini(fetcher, OUTPUT_TOKENS_DEFAULT)

        asked = await gemini.request(asking(user(image, film)), call(), deployment())

    assert json.loads(asked.body)["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}},
        {"fileData": {"fileUri": "https://youtu.be/1", "mimeType": "video/mp4"}},
    ]


async def test_an_image_that_turns_out_to_be_a_document_is_refused():
    """Money was set aside for an image, and a document has many pages."""
    behaviour = answering(PDF, content_type="application/pdf")
    async with fetching(behaviour) as (fetcher, server):
        image = Media("image", None, url=f"http://pictures.example:{server.port}/a.png", path=PATH)
        gemini = Gemini(fetcher, OUTPUT_TOKENS_DEFAULT)

        with pytest.raises(Untranslatable) as raised:
            await gemini.request(asking(user(image)), call(), deployment())

    assert raised.value.field == PATH
