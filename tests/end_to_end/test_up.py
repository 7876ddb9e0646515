"""`manage.py up` from outside: it works at once, heals itself, and leaves nothing behind."""

import shutil
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests.end_to_end.installation import Installation, manage, running_installation

RECOVERY_SECONDS_MAX = 30.0


@pytest.fixture(scope="module")
def purser() -> Iterator[Installation]:
    """One installation for all tests here; each leaves it running."""
    with running_installation("--data-workers", "2") as installation:
        yield installation


def chat(purser: Installation, content: str = "Hello!", **fields: Any) -> httpx.Response:
    return httpx.post(
        f"{purser.facts['data_url']}/v1/chat/completions",
        headers={"authorization": f"Bearer {purser.facts['demo_key']}"},
        json={"model": "demo/echo", "messages": [{"role": "user", "content": content}], **fields},
        timeout=30,
    )


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_tells_programs_how_to_get_in(purser: Installation) -> None:
    path = purser.var / "bootstrap.json"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(purser.facts) == [
        "control_url",
        "data_url",
        "admin_user",
        "admin_password",
        "admin_token",
        "demo_key",
        "database_url",
    ]
    with psycopg.connect(purser.facts["database_url"]) as connection:
        assert connection.execute("SELECT count(*) > 1000 FROM catalog_listing").fetchone() == (
            True,
        )


def test_both_planes_are_ready_and_let_us_in(purser: Installation) -> None:
    facts = purser.facts
    token = {"authorization": f"Bearer {facts['admin_token']}"}

    assert httpx.get(f"{facts['data_url']}/readyz").status_code == 200
    assert httpx.get(f"{facts['control_url']}/readyz").status_code == 200
    keys = httpx.get(f"{facts['control_url']}/api/v1/virtual-keys", headers=token)
    assert [row["id"] for row in keys.json()["results"]] == ["demo-key"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_printed_curl_works(purser: Installation) -> None:
    command = purser.printed[purser.printed.index("curl") :].strip()
    answer = subprocess.run(
        ["sh", "-c", f"{command} --fail"], capture_output=True, check=True, timeout=30
    )

    assert b"simulator" in answer.stdout


def test_a_command_attaches_to_the_running_database(purser: Installation) -> None:
    result = manage("showmigrations", "--plan", "--var", str(purser.var))

    assert result.returncode == 0
    assert "[ ]" not in result.stdout
    assert chat(purser).status_code == 200


def test_a_task_reaches_the_worker_through_the_database(purser: Installation) -> None:
    send = "from controlplane.celery import app; app.send_task('{}')"
    task = "controlplane.runtime.tasks.forget_delivered_messages"
    with psycopg.connect(purser.facts["database_url"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO kombu_message (visible, payload, version) VALUES (false, '', 1)"
        )
        manage("shell", "--var", str(purser.var), "-c", send.format(task))
        count = "SELECT count(*) FROM kombu_message"
        wait_for(lambda: connection.execute(count).fetchone() == (0,))


def test_every_process_that_is_killed_comes_back(purser: Installation) -> None:
    wait_for(lambda: len(purser.children("dataplane")) == 2)
    killed = purser.children("dataplane") + purser.children("daphne") + purser.children("simulator")
    for process in killed:
        process.kill()
    psutil.wait_procs(killed)

    wait_for(lambda: len(purser.children("dataplane")) == 2 and purser.children("daphne"))
    wait_for(lambda: chat(purser).status_code == 200)
    assert httpx.get(f"{purser.facts['control_url']}/readyz", timeout=30).status_code == 200


def test_a_second_start_in_the_same_folder_is_refused(purser: Installation) -> None:
    result = manage("up", "--var", str(purser.var), "--control-port", "0", "--data-port", "0")

    assert result.returncode == 1
    assert result.stderr.startswith(f"purser: Purser already runs in {purser.var}")
    assert chat(purser).status_code == 200


def test_a_port_in_use_is_one_sentence(purser: Installation, tmp_path: Path) -> None:
    port = purser.facts["data_url"].rpartition(":")[2]
    result = manage("up", "--var", str(tmp_path), "--control-port", "0", "--data-port", port)

    assert result.returncode == 1
    assert result.stderr == (f"purser: Port {port} on 127.0.0.1 (data plane) is already in use.\n")


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = manage("up", "--var", str(tmp_path / "file" / "var"))

    assert result.returncode == 1
    assert result.stderr == (
        f"purser: The folder {tmp_path}/file/var cannot be written to: Not a directory.\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PURSER_SEALING_KEY", "not base64!"),
        ("PURSER_DRAIN_SECONDS", "soon"),
        ("PURSER_HTTPS_ONLY", "perhaps"),
        ("DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:1/nothing"),
        ("REDIS_URL", "amqp://elsewhere"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1/0"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    tmp_path: Path, name: str, value: str
) -> None:
    free = ("--control-port", "0", "--data-port", "0")
    result = manage("up", "--var", str(tmp_path), *free, **{name: value})

    assert result.returncode == 1
    assert name in result.stderr
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr
    assert Installation(tmp_path).processes() == []


def test_sigterm_lets_requests_finish_and_leaves_nothing_behind(purser: Installation) -> None:
    streams: list[httpx.Response] = []
    stream = {"stream": True}
    caller = threading.Thread(
        target=lambda: streams.append(chat(purser, "word " * 300, **stream)), daemon=True
    )
    caller.start()
    time.sleep(0.5)

    assert purser.stop() == 0
    caller.join(10)
    assert streams[0].text.rstrip().endswith("data: [DONE]")
    assert purser.processes() == []
    purser.start()


def test_a_supervisor_that_is_killed_leaves_nothing_and_can_start_again(
    purser: Installation,
) -> None:
    before = purser.facts
    purser.signal(signal.SIGKILL)
    purser.wait()
    wait_for(lambda: purser.processes() == [])

    purser.start()
    after = purser.facts
    for name in ("admin_password", "admin_token", "demo_key"):
        assert after[name] == before[name]
    assert chat(purser).status_code == 200
