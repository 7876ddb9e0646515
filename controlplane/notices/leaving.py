"""Calling the program through which notices leave, and no longer than it may take."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK_SECONDS_MAX = 15
SEND_SECONDS_MAX = 45
# Proxies would lead anywhere, and everything else is nobody's business out there.
PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
TOO_LONG = {"error": "It took too long.", "took_ms": SEND_SECONDS_MAX * 1000}


def look_at_destination(kind: str, url: str) -> dict[str, Any]:
    """`error`, in words, or empty and the `destination` that may be shown."""
    answers = _ask({"kind": kind, "url": url}, LOOK_SECONDS_MAX)
    return answers[0] if answers else {"error": "It could not be looked at in time."}


def send_messages(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """In their order up to the first failure: `error` (empty: delivered) and `took_ms` of each."""
    answers = _ask({"messages": list(messages)}, SEND_SECONDS_MAX)
    if len(answers) < len(messages) and not any(each["error"] for each in answers):
        answers.append(TOO_LONG)
    return answers


def _ask(order: dict[str, Any], seconds: int) -> list[dict[str, Any]]:
    """What it said before it ended, or was ended."""
    order["allowed"] = [str(each) for each in settings.NOTICE_NETWORKS_ALLOWED]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = [sys.executable, "-m", "controlplane.notices.door"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            cwd=ROOT,
            env=environment,
            check=False,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    return [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]
