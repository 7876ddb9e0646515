"""YAML, by the events of PyYAML's parser: nothing is constructed, so no tag can name a class."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import Reader, ReaderError

from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.reading.tree import Tree, broken, shown

# The parser in C, which the wheels have, reads ten times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# `${NAME}` without quotes would begin an object where YAML's flow style holds it. Characters of the
# same width that mean nothing to YAML stand in for its braces, so that places in the file stay.
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
STAND_IN_BEGINS = "$\ue000"
STAND_IN = re.compile("\\$\ue000([A-Za-z0-9_]+)\ue001")
OPENING = frozenset({ScalarEvent, SequenceStartEvent, MappingStartEvent})
TAB_INDENT = re.compile(r" *\t")


def grow_from_yaml(text: str, tree: Tree) -> None:
    """Raises `ConfigurationWrong` for what is not one YAML document within bounds."""
    documents = 0
    try:
        events: Iterator[Any] = yaml.parse(REFERENCE.sub("$\ue000\\1\ue001", text), Loader=LOADER)
        for event in events:
            kind = type(event)
            if kind in OPENING:
                _open(event, kind, tree)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                tree.close()
            elif kind is AliasEvent:
                tree.alias(event.anchor, *_place(event))
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    message = "A second document begins here: only one is read."
                    raise broken(Node(*_place(event)), message)
    except yaml.YAMLError as error:
        raise _unreadable(error, text) from None


def _open(event: Any, kind: type, tree: Tree) -> None:
    line, column = _place(event)
    if event.tag is not None:
        tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
        raise broken(Node(line, column), f"The tag '{tag}' is not read: write plain values.")
    if kind is ScalarEvent:
        text = event.value
        if STAND_IN_BEGINS in text:
            text = STAND_IN.sub(r"${\1}", text)
        tree.scalar(Scalar(line, column, text, plain=not event.style), event.anchor)
    elif kind is SequenceStartEvent:
        tree.open(Items(line, column, []), event.anchor)
    else:
        tree.open(Fields(line, column, {}), event.anchor)


def _place(event: Any) -> tuple[int, int]:
    start = event.start_mark
    return start.line + 1, start.column + 1


def _unreadable(error: yaml.YAMLError, text: str) -> ConfigurationWrong:
    """The parser's sentence with its place. It repeats no value: that could be a secret."""
    if isinstance(error, ReaderError):
        match = Reader.NON_PRINTABLE.search(text)
        before = text[: match.start()] if match else ""
        here = Node(before.count("\n") + 1, len(before) - before.rfind("\n"))
        return broken(here, "A control character that YAML does not allow.")
    mark = getattr(error, "problem_mark", None)
    node = Node(mark.line + 1, mark.column + 1) if mark else Node(1, 1)
    reason = getattr(error, "problem", None) or "it cannot be parsed"
    if TAB_INDENT.match(_line(text, node.line)):
        reason = "a tab indents this line; YAML takes spaces alone"
    context = getattr(error, "context", None)
    where = f", {context}" if context else ""
    return broken(node, f"This is not YAML: {reason}{where}.")


def _line(text: str, number: int) -> str:
    lines = text.split("\n", number)
    return lines[number - 1] if len(lines) >= number else ""
