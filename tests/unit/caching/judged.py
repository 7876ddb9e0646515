"""The hand-written pairs beside this file, judged as a request would be."""

import csv
from pathlib import Path

from dataplane.caching.judgement.embedder import cosine
from dataplane.caching.judgement.prompt import read_prompt
from dataplane.caching.judgement.verdict import judge

HERE = Path(__file__).parent


def read(name):
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["kind"], row["stored"], row["asked"]) for row in csv.DictReader(lines)]


def verdict(stored, asked, embedder):
    similar = cosine(embedder.embed(asked), embedder.embed(stored))
    return judge(read_prompt(asked), read_prompt(stored), similar, embedder)
