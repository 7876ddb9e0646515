"""What a message, or a piece of one, says: thoughts, text with what it rests on, a refusal."""

from typing import Any

from dataplane.conversation.parts import Reasoning, Refusal, Text
from dataplane.providers.openai_conversing.forms import Said
from dataplane.providers.openai_conversing.thoughts import read_thoughts

Words = Reasoning | Text | Refusal


def read_words(said: Said) -> list[Words]:
    """In the order in which people read them. Nothing where nothing is said."""
    words: list[Words] = [*read_thoughts(said)]
    if not isinstance(said.content, str):
        words += _listed(said.content)
    elif said.content:
        words.append(Text(said.content))
    if isinstance(said.refusal, str) and said.refusal:
        words.append(Refusal(said.refusal))
    return words


def read_citations(said: Said) -> list[dict[str, Any]]:
    """Annotations with a URL, in Anthropic's form of citations."""
    given = said.annotations if isinstance(said.annotations, list) else ()
    found = [each.get("url_citation") for each in given if isinstance(each, dict)]
    return [_citation(each) for each in found if isinstance(each, dict) and each.get("url")]


def _listed(content: Any) -> list[Words]:
    """Mistral's reasoning models answer in a list of parts, thoughts among them."""
    words: list[Words] = []
    for part in content if isinstance(content, list) else ():
        if not isinstance(part, dict):
            continue
        if part.get("type") == "thinking" and (thought := _text_in(part.get("thinking"))):
            words.append(Reasoning(thought))
        elif part.get("type") == "text" and (text := _text_in(part.get("text"))):
            words.append(Text(text))
    return words


def _text_in(value: Any) -> str:
    """A text, or all texts of a list of parts."""
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else ()
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join([text for text in texts if isinstance(text, str)])


def _citation(page: dict[str, Any]) -> dict[str, Any]:
    """Where in the answer it is cited is told by the text that carries it."""
    title, cited = page.get("title"), page.get("content")
    return {
        "type": "web_search_result_location",
        "url": str(page["url"]),
        "title": title if isinstance(title, str) else None,
        "cited_text": cited if isinstance(cited, str) else "",
        "encrypted_index": "",
    }
