"""Values that a peer's file keeps elsewhere: `os.environ/NAME`, `env.NAME`."""

import re
from dataclasses import dataclass
from typing import Any

from controlplane.moving_in.part import Part
from controlplane.provisioning.sources import Sources

NAME = r"([A-Za-z_][A-Za-z0-9_]*)"


@dataclass(frozen=True)
class References:
    """`prefix` is what a peer writes before the name of a variable."""

    prefix: str
    sources: Sources

    def secret(self, part: Part) -> Any:
        """For the configuration: the text itself, or `{env: NAME}`; None where nothing is said."""
        written = part.text()
        if name := self._name(written):
            return {"env": name}
        return written or None

    def value(self, part: Part) -> str:
        """What it leads to, where that is no secret; empty where nothing is said."""
        name = self._name(part.text())
        if name is None:
            return part.text()
        return str(part.read(lambda node: self.sources.environment(node, name)) or "")

    def _name(self, written: str) -> str | None:
        match = re.fullmatch(re.escape(self.prefix) + NAME, written)
        return match[1] if match else None
