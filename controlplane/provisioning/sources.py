"""Where secrets of a file come from: written there, or named there and kept elsewhere.

`${OPENAI_API_KEY}` and `{env: OPENAI_API_KEY}` name a variable of the environment,
`{file: /run/secrets/x}` a file. Both belong to whoever runs the command: what comes over the
network names neither, or it could have the control plane's own secrets sent to an address of its
choice. No message repeats what was found.
"""

import json
import os
from pathlib import Path
from typing import Any, Protocol

from controlplane.provisioning.reading.nodes import Fields, Node, Scalar, is_null
from controlplane.provisioning.reading.tree import shown
from controlplane.provisioning.reading.yaml_text import REFERENCE
from controlplane.provisioning.shapes import fields, items, plain_data, within
from controlplane.provisioning.values import Kind, Wrong, text, whole

SECRET_BYTES_MAX = 65_536
KINDS = frozenset({"env", "file"})
OBJECTS = frozenset({"service_account", "workload_identity"})


class Sources(Protocol):
    """What a reference leads to."""

    def environment(self, node: Node, name: str) -> str: ...

    def file(self, node: Node, path: str) -> str: ...


class OwnSources:
    """The environment and the files of this process."""

    def environment(self, node: Node, name: str) -> str:
        value = os.environ.get(name, "")
        if not value:
            raise Wrong(node, f"The environment has no variable {shown(name)}, or it is empty.")
        return value

    def file(self, node: Node, path: str) -> str:
        if not Path(path).is_absolute():
            raise Wrong(node, "The path of a secret's file begins with '/'.")
        try:
            with open(path, "rb") as opened:  # bounded, whatever it is
                content = opened.read(SECRET_BYTES_MAX + 1)
            value = content.decode().strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise Wrong(node, f"The secret's file cannot be read: {reason}.") from None
        if not value or len(content) > SECRET_BYTES_MAX:
            raise Wrong(node, f"The secret's file is empty, or over {SECRET_BYTES_MAX:,} bytes.")
        return value


class NoSources:
    """For what comes over the network."""

    def environment(self, node: Node, name: str) -> str:
        message = f"'{shown(name)}' names a variable: only 'manage.py apply' reads the environment."
        raise Wrong(node, message)

    def file(self, node: Node, path: str) -> str:
        raise Wrong(node, "'file' names a file: only 'manage.py apply' reads files.")


def secret_text(node: Node, sources: Sources) -> str:
    """A secret, written or referred to."""
    if isinstance(node, Fields):
        return _referred(node, sources)
    written = text(node)
    reference = REFERENCE.fullmatch(written)
    if reference is not None:
        return sources.environment(node, reference[1])
    if REFERENCE.search(written):
        raise Wrong(node, "A reference is the whole value: ${NAME} and nothing around it.")
    return written


def credential(node: Node, sources: Sources) -> dict[str, Any] | None:
    """A provider's credential, or several; null for none. Its shape is the catalogue's to say."""
    if is_null(node):
        return None
    parts = fields(node)
    if "credentials" not in parts:
        return _one_credential(node, sources)
    listed = parts["credentials"][1]
    found = [
        within(f".credentials[{index}]", lambda each: _one_credential(each, sources), entry)
        for index, entry in enumerate(items(listed))
    ]
    others = {name: plain_data(value) for name, (_, value) in parts.items()}
    return {**others, "credentials": found}


def _one_credential(node: Node, sources: Sources) -> dict[str, Any]:
    return {
        name: within(f".{name}", _part(name, sources), value)
        for name, (_, value) in fields(node).items()
    }


def _part(name: str, sources: Sources) -> Kind:
    """How a part of a credential is read."""
    if name == "weight":
        return whole
    if name not in OBJECTS:
        return lambda node: secret_text(node, sources)
    return lambda node: _object(node, sources)


def _object(node: Node, sources: Sources) -> Any:
    """A key file of Google's: written there, or as a variable or a file holds it."""
    if isinstance(node, Fields) and not _is_reference(node):
        return plain_data(node)
    try:
        value = json.loads(secret_text(node, sources))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Wrong(node, "What this names is not a JSON object.")
    return value


def _is_reference(node: Fields) -> bool:
    return len(node.pairs) == 1 and set(node.pairs) <= KINDS


def _referred(node: Fields, sources: Sources) -> str:
    if not _is_reference(node):
        raise Wrong(node, "Must be a text, {env: NAME} or {file: /path}.")
    ((kind, (_, value)),) = node.pairs.items()
    name = text(value)
    if not isinstance(value, Scalar) or not name:
        raise Wrong(value, "Must be a name.")
    return sources.environment(value, name) if kind == "env" else sources.file(value, name)
