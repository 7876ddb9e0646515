"""The live API against its own description, by schemathesis with all its checks, as each role.

A few cases of every operation in each run of the suite; `make fuzz` for thousands.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from controlplane.accounts.services import issue_token
from tests import builders
from tests.sockets import listening_socket

# How many cases of each operation, and as how many of the roles.
CASES = int(os.environ.get("PURSER_FUZZ_CASES", "1"))
ROLES = ("admin", "engineer", "finance", "auditor")
BOUND = {
    None: {},
    "acme": {"customer_id": "acme"},
    "lab": {"customer_id": "acme", "team_id": "lab"},
}
CALLERS = [(role, bound) for bound in BOUND for role in ROLES]
IN_THE_SUITE = [("admin", None), ("finance", "acme")]
SECONDS_MAX = 25 if CASES == 1 else 3600
CHECKS = Path(__file__).parents[1] / "schemathesis.toml"
# They wait for far ends that are not there, and `apply` describes its own bodies in words.
ELSEWHERE = r"/(test|apply)$"


@pytest.fixture
def served(database: str) -> Iterator[str]:
    """The control plane on a free port, with something in it to find."""
    from controlplane.asgi import application

    builders.team("lab", customer_id="acme")
    builders.virtual_key("vk", team_id="lab")
    attempt = {"provider": "openai", "model": "openai/gpt-4o", "status": 200, "ms": 1.5}
    attempts = [{**attempt, "error_code": None, "cost_usd": "0.01"}]
    builders.usage_record(team_id="lab", virtual_key_id="vk", attempts=attempts)
    listener = listening_socket()
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


@pytest.mark.timeout(SECONDS_MAX * 3)
@pytest.mark.parametrize(("role", "bound"), CALLERS if CASES > 1 else IN_THE_SUITE)
def test_every_answer_is_one_that_the_schema_describes(served, tmp_path, role, bound):
    secret = issue_token(name="fuzz", role=role, **BOUND[bound]).secret
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CHECKS)]
    command += ["run", f"{served}/api/v1/schema"]
    command += ["--header", f"Authorization: Bearer {secret}", "--checks", "all"]
    command += ["--max-examples", str(CASES), "--seed", "1", "--generation-database", "none"]
    command += ["--phases", "fuzzing" if CASES == 1 else "coverage,fuzzing"]
    command += ["--exclude-path-regex", ELSEWHERE, "--warnings", "off", "--no-color"]
    command += ["--max-time", str(SECONDS_MAX), "--request-timeout", "30"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
