"""any-llm-gateway from PyPI: the nearest in purpose, with keys, budgets and usage records."""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.bench import exchange
from tests.bench.gateways import installing
from tests.bench.gateways.base import ProgramGateway
from tests.bench.gateways.missing import Missing
from tests.bench.load.target import Target

# The last release of the package that holds the gateway.
VERSION = "1.14.0"
MASTER_KEY = "bench-master"
MODEL = f"openai:{exchange.MODEL}"
REQUESTS_PER_MINUTE = 100_000_000


class AnyLlm(ProgramGateway):
    """One worker on its default database (SQLite), with a key, a budget, a limit and prices."""

    name = "any-llm-gateway"
    version = VERSION
    what = "key, rate limit, one budget, usage records, metrics; SQLite, its default"
    ready_path = "/health/readiness"
    keeps_state = True

    def install(self, cache: Path) -> None:
        requirement = f"any-llm-sdk[gateway,openai]=={VERSION}"
        self._bin = installing.python_program(cache, "any-llm", requirement)

    def command(self, port: int, stub_url: str, folder: Path) -> list[str]:
        configuration = {
            "host": "127.0.0.1",
            "port": port,
            "master_key": MASTER_KEY,
            "rate_limit_rpm": REQUESTS_PER_MINUTE,
            "enable_metrics": True,
            "providers": {"openai": {"api_key": "sk-bench", "api_base": f"{stub_url}/v1"}},
            "pricing": {MODEL: {"input_price_per_million": 1, "output_price_per_million": 2}},
        }
        # JSON is YAML.
        (folder / "config.yml").write_text(json.dumps(configuration, indent=2))
        return [str(self._bin / "any-llm-gateway"), "serve", "--config", "config.yml"]

    def target(self, address: str, stub_url: str) -> Target:
        headers = {"authorization": f"Bearer {MASTER_KEY}"}
        with httpx.Client(base_url=f"{address}/v1", headers=headers, timeout=30) as client:
            # Without a duration: on SQLite a budget that is ever reset fails every call.
            budget = _created(client, "/budgets", max_budget=1e9)
            user = f"bench-{budget['budget_id']}"
            _created(client, "/users", user_id=user, budget_id=budget["budget_id"])
            key = _created(client, "/keys", key_name="bench", user_id=user)
        headers = {"authorization": f"Bearer {key['key']}"}
        return Target(f"{address}/v1/chat/completions", MODEL, headers)


def _created(client: httpx.Client, path: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(path, json=fields)
    if answer.is_error:
        raise Missing(f"it answered {answer.status_code} to the creation of {path[1:]}")
    created: dict[str, Any] = answer.json()
    return created
