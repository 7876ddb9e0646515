"""What an answer rests on, as OpenAI's annotations: pages of the web, and where they are cited."""

from typing import Any

WEB = ("https://", "http://")


def annotation(citation: Any, start: int, end: int) -> dict[str, Any] | None:
    """From Anthropic's form. Citations of documents have no form here.

    `start` and `end` are where the words that rest on it are in the answer's text.
    """
    if not isinstance(citation, dict):
        return None
    url = citation.get("url") or citation.get("source")
    if not isinstance(url, str) or not url.startswith(WEB):
        return None
    title = citation.get("title")
    return {
        "type": "url_citation",
        "url_citation": {
            "url": url,
            "title": title if isinstance(title, str) else "",
            "start_index": start,
            "end_index": end,
        },
    }
