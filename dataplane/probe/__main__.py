"""The program: prints one JSON object and exits 0, also of a provider that fails; else one
sentence on stderr, and 1."""

import argparse
import asyncio
import logging
import sys

import msgspec
import psycopg

from dataplane.probe.loading import NoSuchProvider, load
from dataplane.probe.looking import Looker
from dataplane.probe.report import Report
from dataplane.settings import Settings, SettingWrong
from dataplane.upstream.client import UpstreamClient


def main() -> int:
    arguments = _parse()
    # What is worth knowing is in the report.
    logging.disable(logging.CRITICAL)
    try:
        report = asyncio.run(_look(Settings.from_env(), arguments.provider, arguments.model))
    except SettingWrong as wrong:
        return _complain(str(wrong))
    except NoSuchProvider:
        return _complain("there is no such provider.")
    except psycopg.Error:
        return _complain("the database cannot be read.")
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    return 0


async def _look(settings: Settings, provider_id: str, model: str | None) -> Report:
    subject = await load(settings, provider_id, model)
    client = UpstreamClient.from_settings(settings)
    looker = Looker(settings, client)
    try:
        return await looker.look(subject)
    finally:
        await looker.aclose()
        await client.aclose()


def _complain(sentence: str) -> int:
    sys.stderr.write(f"purser: {sentence}\n")
    return 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dataplane.probe")
    parser.add_argument("provider", help="its id")
    parser.add_argument("--model", help="what to call there; by default one that is configured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
