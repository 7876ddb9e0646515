"""LiteLLM's proxy from PyPI."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.bench import exchange
from tests.bench.gateways import installing
from tests.bench.gateways.base import ProgramGateway
from tests.bench.load.target import Target

VERSION = "1.106.2"
MASTER_KEY = "sk-bench-master"


class LiteLLM(ProgramGateway):
    """One worker. Its virtual keys and budgets need Prisma's engine, which is not on PyPI."""

    name = "LiteLLM"
    version = VERSION
    what = "master key, no database: no virtual key, no budget, no spend records"
    ready_path = "/health/readiness"

    def install(self, cache: Path) -> None:
        self._bin = installing.python_program(cache, "litellm", f"litellm[proxy]=={VERSION}")

    def command(self, port: int, stub_url: str, folder: Path) -> list[str]:
        parameters = {
            "model": f"openai/{exchange.MODEL}",
            "api_base": f"{stub_url}/v1",
            "api_key": "sk-bench",
        }
        configuration = {
            "model_list": [{"model_name": exchange.MODEL, "litellm_params": parameters}],
            "litellm_settings": {"num_retries": 0, "request_timeout": 600, "callbacks": []},
            "general_settings": {"master_key": MASTER_KEY},
        }
        # JSON is YAML.
        (folder / "config.yaml").write_text(json.dumps(configuration, indent=2))
        options = {"--config": "config.yaml", "--host": "127.0.0.1", "--port": str(port)}
        arguments = [part for option in options.items() for part in option]
        return [str(self._bin / "litellm"), *arguments, "--num_workers", "1"]

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {
            **super().environment(folder),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MODE": "PRODUCTION",
            "LITELLM_LOG": "ERROR",
        }

    def target(self, address: str, stub_url: str) -> Target:
        headers = {"authorization": f"Bearer {MASTER_KEY}"}
        return Target(f"{address}/v1/chat/completions", headers=headers)
