"""The program: a question a line on standard input, an answer a line on standard output."""

import asyncio
import logging
import select
import sys

import msgspec

from dataplane.check.answering import Answering
from dataplane.settings import Settings, SettingWrong

IDLE_SECONDS_MAX = 600.0
ANSWER_SECONDS_MAX = 15.0
QUESTION_BYTES_MAX = 32 * 1024 * 1024


def main() -> int:
    # What is worth knowing is in the answers.
    logging.disable(logging.CRITICAL)
    try:
        settings = Settings.from_env()
    except SettingWrong as wrong:
        sys.stderr.write(f"purser: {wrong}\n")
        return 1
    with asyncio.Runner() as runner:
        answering = Answering(settings)
        runner.run(_warmed(answering))
        while line := _next_question():
            answer = runner.run(_answered(answering, line))
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
        runner.run(answering.aclose())
    return 0


def _next_question() -> bytes:
    """Nothing at the end of the input, or when nobody asked for minutes."""
    ready, _, _ = select.select([sys.stdin], [], [], IDLE_SECONDS_MAX)
    return sys.stdin.buffer.readline(QUESTION_BYTES_MAX) if ready else b""


async def _warmed(answering: Answering) -> None:
    """What the first question needs is there when it comes; if not now, then with it."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            await answering.warm()
    except TimeoutError:
        await answering.aclose()


async def _answered(answering: Answering, line: bytes) -> dict[str, object]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await answering.answer(line)
    except TimeoutError:
        await answering.aclose()
        return {"error": "too_slow"}


if __name__ == "__main__":
    sys.exit(main())
