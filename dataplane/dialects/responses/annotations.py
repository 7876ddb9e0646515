"""Citations, which are in Anthropic's form between the dialects, as annotations of a text."""

from typing import Any

Object = dict[str, Any]


def annotation(citation: Any, start: int, end: int) -> Object | None:
    """Of the characters from `start` to `end`; None for what OpenAI has no form for."""
    if not isinstance(citation, dict):
        return None
    address = citation.get("url") or citation.get("source")
    if isinstance(address, str) and address.startswith(("https://", "http://")):
        title = citation.get("title")
        return {
            "type": "url_citation",
            "start_index": start,
            "end_index": end,
            "url": address,
            "title": title if isinstance(title, str) else "",
        }
    name, file_id = citation.get("document_title"), citation.get("file_id")
    if not isinstance(name, str) and not isinstance(file_id, str):
        return None
    return {
        "type": "file_citation",
        "file_id": file_id if isinstance(file_id, str) else "",
        "filename": name if isinstance(name, str) else "",
        "index": end,
    }
