"""Portkey's gateway from npm: a router that is told by headers where to go."""

from pathlib import Path

from tests.bench.gateways import installing
from tests.bench.gateways.base import ProgramGateway
from tests.bench.load.target import Target

PACKAGE = "@portkey-ai/gateway"
VERSION = "1.15.2"
# That of its own lock file: with a newer one its streamed calls fail ("TypeError: immutable").
SERVER_VERSION = "1.13.5"


class Portkey(ProgramGateway):
    """The open-source gateway: it has neither keys nor budgets of its own."""

    name = "Portkey"
    version = VERSION
    what = "its router: no keys, limits or books in the open-source gateway"
    ready_path = "/"

    def install(self, cache: Path) -> None:
        self._node = installing.find_program("node")
        self._modules = installing.node_package(
            cache, "portkey", PACKAGE, VERSION, **{"@hono/node-server": SERVER_VERSION}
        )

    def command(self, port: int, stub_url: str, folder: Path) -> list[str]:
        server = self._modules / PACKAGE / "build" / "start-server.js"
        return [self._node, str(server), f"--port={port}", "--headless"]

    def target(self, address: str, stub_url: str) -> Target:
        headers = {
            "authorization": "Bearer sk-bench",
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": f"{stub_url}/v1",
        }
        return Target(f"{address}/v1/chat/completions", headers=headers)
