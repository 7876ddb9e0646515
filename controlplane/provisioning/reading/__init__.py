"""From the bytes of a file to a tree with places, or to what is wrong with them."""

from enum import Enum

from controlplane.provisioning.problems import ConfigurationWrong, Place, Problem
from controlplane.provisioning.reading.json_text import grow_from_json
from controlplane.provisioning.reading.nodes import Fields, Node, is_null
from controlplane.provisioning.reading.tree import Tree, broken
from controlplane.provisioning.reading.yaml_text import grow_from_yaml

FILE_BYTES_MAX = 10_485_760


class Format(Enum):
    YAML = "yaml"
    JSON = "json"


def read_tree(content: bytes, kind: Format) -> tuple[Fields, list[Problem]]:
    """The file's top level, and what was wrong on the way that did not stop it.

    Raises `ConfigurationWrong` for what has no tree.
    """
    root, problems = read_value(content, kind)
    if not isinstance(root, Fields):
        raise broken(root, "The file is an object of sections such as 'virtual_keys'.")
    return root, problems


def read_value(content: bytes, kind: Format) -> tuple[Node, list[Problem]]:
    """The same for a file whose top level may be anything but nothing."""
    if len(content) > FILE_BYTES_MAX:
        raise broken(Node(1, 1), f"The file has more than {FILE_BYTES_MAX:,} bytes: split it.")
    text = _decode(content)
    tree = Tree()
    (grow_from_json if kind is Format.JSON else grow_from_yaml)(text, tree)
    if tree.root is None or is_null(tree.root):
        raise broken(Node(1, 1), "The file is empty.")
    return tree.root, tree.problems


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = "The file is not UTF-8."
        raise ConfigurationWrong([Problem(Place(line, column), message)]) from None
