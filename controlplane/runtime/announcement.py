"""Telling that Purser is ready: `bootstrap.json` for programs, a few lines for people."""

import json
from dataclasses import dataclass
from pathlib import Path

from controlplane.runtime import var
from controlplane.runtime.bootstrap.access import ADMIN_USER, Access


@dataclass(frozen=True)
class Announcement:
    """Everything someone needs to use this installation."""

    control_url: str
    data_url: str
    access: Access
    database_url: str
    simulator_url: str | None = None

    def write(self, folder: Path) -> None:
        var.write_privately(_file(folder), json.dumps(self._facts(), indent=2) + "\n")

    def _facts(self) -> dict[str, str | None]:
        return {
            "control_url": self.control_url,
            "data_url": self.data_url,
            "admin_user": ADMIN_USER,
            "admin_password": self.access.admin_password,
            "admin_token": self.access.admin_token,
            "demo_key": self.access.demo_key,
            "database_url": self.database_url,
        }

    def text(self, folder: Path) -> str:
        password = self.access.admin_password or "(changed by its owner)"
        lines = [
            "",
            "Purser is ready.",
            "",
            f"  Dashboard       {self.control_url}/",
            f"                  user {ADMIN_USER}, password {password}",
            f"  REST            {self.control_url}/api/v1/docs",
            f"                  token {self.access.admin_token}",
            f"  Data plane      {self.data_url}/v1",
            f"  All of this     {_file(folder)}",
            *([f"  Simulator       {self.simulator_url}"] if self.simulator_url else []),
            "",
            *(self._try_it() if self.access.demo_key else []),
        ]
        return "\n".join(lines)

    def _try_it(self) -> list[str]:
        body = {"model": "demo/echo", "messages": [{"role": "user", "content": "Hello!"}]}
        return [
            "Try it (the demo provider is a simulator):",
            "",
            f"  curl {self.data_url}/v1/chat/completions \\",
            f"    -H 'Authorization: Bearer {self.access.demo_key}' \\",
            "    -H 'Content-Type: application/json' \\",
            f"    -d '{json.dumps(body)}'",
            "",
        ]


def withdraw(folder: Path) -> None:
    """Takes back what an earlier run announced; the secrets are kept in VAR/secrets."""
    _file(folder).unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / "bootstrap.json"
