"""The secrets that the first start made, kept in VAR/secrets so that later starts give the same."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from controlplane.runtime import var

ADMIN_USER = "admin"


@dataclass
class Access:
    """How to get in. A value that is None has not been made yet, or is not known to us."""

    admin_password: str | None = None
    # As the database holds it. Known without the password: its owner changed that.
    admin_password_hash: str | None = None
    admin_token: str | None = None
    demo_key: str | None = None


def load(folder: Path) -> Access:
    """What is known; nothing if the file is gone or damaged."""
    try:
        known = json.loads(_file(folder).read_text())
        return Access(**{name: str(known[name]) for name in _names() if known.get(name)})
    except (OSError, ValueError, TypeError, AttributeError):
        return Access()


def save(access: Access, folder: Path) -> None:
    var.prepare(folder / "secrets")
    var.write_privately(_file(folder), json.dumps(asdict(access), indent=2) + "\n")


def _file(folder: Path) -> Path:
    return folder / "secrets" / "access.json"


def _names() -> list[str]:
    return [field.name for field in fields(Access)]
