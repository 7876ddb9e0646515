"""Bedrock's citations in Anthropic's form, which is the one that answers are kept in.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html and
https://platform.claude.com/docs/en/build-with-claude/citations.
"""

from typing import Any

# What a location is called in either form, and the names of its ends.
PLACES = {
    "documentChar": ("char_location", "start_char_index", "end_char_index"),
    "documentPage": ("page_location", "start_page_number", "end_page_number"),
    "documentChunk": ("content_block_location", "start_block_index", "end_block_index"),
    "searchResultLocation": ("search_result_location", "start_block_index", "end_block_index"),
}


def citation_of(cited: Any) -> dict[str, Any] | None:
    """None for what points nowhere."""
    if not isinstance(cited, dict) or not isinstance(location := cited.get("location"), dict):
        return None
    common = {"cited_text": _cited_text(cited)}
    if isinstance(web := location.get("web"), dict):
        kind = "web_search_result_location"
        return {"type": kind, **common, "url": web.get("url"), "title": cited.get("title")}
    for name, (kind, start, end) in PLACES.items():
        if isinstance(place := location.get(name), dict):
            ends = {start: place.get("start"), end: place.get("end")}
            return {"type": kind, **common, **_source(cited, place), **ends}
    return None


def _source(cited: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    if "searchResultIndex" in place:
        return {
            "search_result_index": place["searchResultIndex"],
            "source": cited.get("source"),
            "title": cited.get("title"),
        }
    return {"document_index": place.get("documentIndex"), "document_title": cited.get("title")}


def _cited_text(cited: dict[str, Any]) -> str:
    contents = cited.get("sourceContent")
    contents = contents if isinstance(contents, list) else []
    texts = [each.get("text") for each in contents if isinstance(each, dict)]
    return "".join([text for text in texts if isinstance(text, str)])
