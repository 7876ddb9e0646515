"""The live API against its own description, by schemathesis with all its checks, as each role.

A few cases of every operation in each run of the suite; `make fuzz` for thousands.
"""

import json
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
from tests import builders, canaries, catalog
from tests.integration.test_isolation_walk import TABLES
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
# As whom the ten thousand cases at the edges of every field are made, too.
AT_THE_EDGES = [("admin", None), ("engineer", "acme"), ("finance", "lab")]
IN_THE_SUITE = [("admin", None), ("finance", "acme")]
SECONDS_MAX = 25 if CASES == 1 else 3600
ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "tests" / "schemathesis.toml"
# They wait for far ends that are not there, and `apply` describes its own bodies in words.
ELSEWHERE = r"/(test|apply)$"


@pytest.fixture
def rows(database: str) -> dict[str, list[str]]:
    """Something to find, by resource: one of everything, and another customer's team and key."""
    planted = canaries.plant(builders.customer("acme"), builders.team("lab", customer_id="acme"))
    builders.team("their-team", customer_id="other")
    builders.virtual_key("their-key", customer_id="other")
    model = catalog.model(of=catalog.provider(base_url="http://127.0.0.1:9/v1"))
    price = catalog.price(model)
    attempt = {"provider": "far", "model": model.id, "status": 200, "ms": 1.5}
    attempts = [{**attempt, "error_code": None, "cost_usd": "0.01"}]
    record = builders.usage_record(team_id="lab", virtual_key_id="canary-key", attempts=attempts)
    builders.execute("UPDATE usage_usagerecord SET attempts = %s", [json.dumps(attempts)])
    found = {name: [str(planted[table])] for name, table in TABLES.items() if table in planted}
    for name, row_id in (
        *(("customers", "other"), ("teams", "their-team"), ("virtual-keys", "their-key")),
        *(("providers", "far"), ("models", model.id), ("prices", price.id), ("usage", record)),
    ):
        found.setdefault(name, []).append(row_id)
    return found


@pytest.fixture
def served(database: str) -> Iterator[str]:
    """The control plane on a free port."""
    from controlplane.asgi import application

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
def test_every_answer_is_one_that_the_schema_describes(served, rows, tmp_path, role, bound):
    token, secret = issue_token(name="fuzz", role=role, **BOUND[bound])
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CHECKS)]
    command += ["run", f"{served}/api/v1/schema"]
    command += ["--header", f"Authorization: Bearer {secret}", "--checks", "all"]
    command += ["--max-examples", str(CASES), "--seed", "1", "--generation-database", "none"]
    is_at_the_edges = CASES > 1 and (role, bound) in AT_THE_EDGES
    command += ["--phases", "coverage,fuzzing" if is_at_the_edges else "fuzzing"]
    command += ["--exclude-path-regex", ELSEWHERE, "--warnings", "off", "--no-color"]
    command += ["--max-time", str(SECONDS_MAX), "--request-timeout", "30"]

    hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzzing", "PYTHONPATH": str(ROOT)}
    hooks |= {"PURSER_FUZZ_ROWS": json.dumps(rows), "PURSER_FUZZ_OWN": json.dumps([token.id])}

    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | hooks
    )

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    sys.stdout.write(done.stdout[-1000:])
    token.refresh_from_db()
    assert token.revoked_at is None, "it ended its own token: nothing after that was looked at"
