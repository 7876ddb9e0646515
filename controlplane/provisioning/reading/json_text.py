"""JSON with the place of every value: what JSON writers escape, YAML's parser does not all read."""

import re
from bisect import bisect_right
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.reading.tree import Tree, broken

SPACE = re.compile(r"[ \t\r\n]*")
PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
VALUE, NAME, AFTER = "a value", "a name", "',' or the end"


class JsonReader:
    """Walks a JSON text once, without recursion."""

    def __init__(self, text: str, tree: Tree) -> None:
        self._text = text
        self._tree = tree
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._at = 0
        self._inside: list[str] = []  # the brackets that are open: "[" or "{"

    def grow(self) -> None:
        """Raises `ConfigurationWrong` for what is not one JSON value within bounds."""
        expected = VALUE
        while True:
            self._skip_space()
            if expected == AFTER and not self._inside:
                break
            expected = self._step(expected)
        if self._at < len(self._text):
            raise self._wrong("something stands after its end")

    def _step(self, expected: str) -> str:
        """Takes one token; answers what is expected after it."""
        char = self._text[self._at : self._at + 1]
        if expected == AFTER:
            return self._close(char) if char in ("]", "}") else self._separate(char)
        if expected == NAME:
            return self._name(char)
        return self._value(char)

    def _value(self, char: str) -> str:
        line, column = self._place()
        if char and char in "[{":
            self._at += 1
            is_list = char == "["
            self._inside.append(char)
            self._tree.open(Items(line, column, []) if is_list else Fields(line, column, {}))
            self._skip_space()
            if self._text.startswith("]" if is_list else "}", self._at):
                return AFTER
            return VALUE if is_list else NAME
        if char == '"':
            self._tree.scalar(Scalar(line, column, self._string(), plain=False))
            return AFTER
        match = PLAIN.match(self._text, self._at)
        if match is None:
            raise self._wrong(f"{VALUE} is expected")
        self._at = match.end()
        self._tree.scalar(Scalar(line, column, match[0], plain=True))
        return AFTER

    def _name(self, char: str) -> str:
        if char != '"':
            raise self._wrong(f"{NAME} in double quotes is expected")
        line, column = self._place()
        self._tree.scalar(Scalar(line, column, self._string(), plain=False))
        self._skip_space()
        if not self._text.startswith(":", self._at):
            raise self._wrong("':' is expected")
        self._at += 1
        return VALUE

    def _separate(self, char: str) -> str:
        if char != ",":
            raise self._wrong(f"{AFTER} is expected")
        self._at += 1
        self._skip_space()
        if self._text[self._at : self._at + 1] in ("]", "}"):
            raise self._wrong("nothing stands after the last ','")
        return VALUE if self._inside[-1] == "[" else NAME

    def _close(self, char: str) -> str:
        if "[{".index(self._inside.pop()) != "]}".index(char):
            raise self._wrong(f"'{char}' closes what it did not open")
        self._at += 1
        self._tree.close()
        return AFTER

    def _string(self) -> str:
        try:
            text, self._at = scanstring(self._text, self._at + 1, True)
        except JSONDecodeError as error:
            self._at = error.pos
            raise self._wrong("a string is not written as JSON wants it") from None
        return text

    def _skip_space(self) -> None:
        match = SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _place(self) -> tuple[int, int]:
        line = bisect_right(self._lines, self._at)
        return line, self._at - self._lines[line - 1] + 1

    def _wrong(self, reason: str) -> ConfigurationWrong:
        return broken(Node(*self._place()), f"This is not JSON: {reason}.")


def grow_from_json(text: str, tree: Tree) -> None:
    JsonReader(text, tree).grow()
