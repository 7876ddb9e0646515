"""What a field's value may be made of: lists, objects, and plain data of any shape."""

from typing import Any

from controlplane.provisioning.reading.nodes import Fields, Items, Node, Scalar
from controlplane.provisioning.reading.tree import shown
from controlplane.provisioning.values import (
    NUMBER,
    NUMBER_LENGTH_MAX,
    WHOLE,
    Kind,
    Wrong,
    unknown_field,
)

# Without quotes, YAML of today reads these, and these alone, as true and false.
PLAIN_FLAGS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def items(node: Node) -> list[Node]:
    if not isinstance(node, Items):
        raise Wrong(node, "Must be a list.")
    return node.entries


def each(kind: Kind) -> Kind:
    def read(node: Node) -> list[Any]:
        return [within(f"[{index}]", kind, entry) for index, entry in enumerate(items(node))]

    return read


def fields(node: Node) -> dict[str, tuple[Scalar, Node]]:
    if not isinstance(node, Fields):
        raise Wrong(node, "Must be an object.")
    return node.pairs


def named(**kinds: Kind) -> Kind:
    """An object with exactly these fields."""

    def read(node: Node) -> dict[str, Any]:
        pairs = fields(node)
        for name, (key, _) in pairs.items():
            if name not in kinds:
                raise Wrong(key, unknown_field(name, kinds), f".{shown(name)}")
        if missing := [name for name in kinds if name not in pairs]:
            raise Wrong(node, f"Lacks '{missing[0]}'.")
        return {name: within(f".{name}", kind, pairs[name][1]) for name, kind in kinds.items()}

    return read


def pairs_of(kind: Kind) -> Kind:
    """An object with any fields, each of which holds the same kind."""

    def read(node: Node) -> dict[str, Any]:
        return {n: within(f".{n}", kind, value) for n, (_, value) in fields(node).items()}

    return read


def plain_data(node: Node) -> Any:
    """JSON's values, by the rules of YAML 1.2: `yes`, dates and the like are texts."""
    if isinstance(node, Items):
        return [plain_data(entry) for entry in node.entries]
    if isinstance(node, Fields):
        return {name: plain_data(value) for name, (_, value) in node.pairs.items()}
    assert isinstance(node, Scalar)
    if not node.plain:
        return node.text
    return None if node.is_null else plain_value(node.text)


def plain_value(written: str) -> str | bool | int | float:
    """What a text without quotes means where anything may stand."""
    if written in PLAIN_FLAGS:
        return PLAIN_FLAGS[written]
    if len(written) > NUMBER_LENGTH_MAX or not NUMBER.fullmatch(written):
        return written
    return int(written) if WHOLE.fullmatch(written) else float(written)


def within(part: str, kind: Kind, node: Node) -> Any:
    try:
        return kind(node)
    except Wrong as wrong:
        raise wrong.below(part) from None
