"""The learned threshold of the semantic cache, simulated: `python -m tests.bench.cache_threshold`.

Each run is the life of one key. Requests come with a score; how often an answer at a score is wrong
says the run's error curve, which the key does not know. What is served teaches by audits only, what
is not served always. A run is broken when more than the target was wrong of all that it served.
"""

import random
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from dataplane.caching.judgement.evidence import Evidence
from tests.bench.output import show

CURVES: dict[str, Callable[[float], float]] = {
    "hardly ever wrong": lambda score: 0.002,
    "just below 5 %": lambda score: 0.04,
    "just above 5 %": lambda score: 0.06,
    "twice 5 %": lambda score: 0.10,
    "falls with the score": lambda score: 0.002 + 0.6 * (1 - score),
    "falls slowly": lambda score: 0.4 * (1 - score) ** 0.5,
    "a step at 0.9": lambda score: 0.01 if score > 0.9 else 0.3,
    "rises with the score": lambda score: 0.02 + 0.1 * score,
    "wrong at the top": lambda score: 0.2 if score > 0.97 else 0.01,
    "always bad": lambda score: 0.3,
}
AUDITED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one key. `began_after` counts requests; None if nothing was ever served."""

    served: int
    wrong: int
    began_after: int | None

    def is_broken(self, target: float) -> bool:
        return self.served > 0 and self.wrong / self.served > target


def live(curve: Callable[[float], float], target: float, requests: int, seed: int) -> Life:
    """One run."""
    chance, evidence = random.Random(seed), Evidence()
    threshold: float | None = None
    served = wrong = 0
    began_after: int | None = None
    for request in range(1, requests + 1):
        score = chance.betavariate(4, 1.2)
        is_wrong = chance.random() < curve(score)
        if threshold is not None and score >= threshold:
            served, wrong = served + 1, wrong + is_wrong
            if chance.random() >= AUDITED_SHARE:
                continue
        evidence.add(score, is_wrong=is_wrong)
        threshold = evidence.threshold(target)
        if threshold is not None and began_after is None:
            began_after = request
    return Life(served, wrong, began_after)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--requests", type=int, default=5_000)
    given = parser.parse_args()
    for target in (0.05, 0.02):
        show(f"\ntarget {target:.0%}: broken runs, median requests until it serves, share served")
        for name, curve in CURVES.items():
            lives = [live(curve, target, given.requests, seed) for seed in range(given.runs)]
            show(f"  {name:22} {_told(lives, target, given.requests)}")


def _told(lives: list[Life], target: float, requests: int) -> str:
    broken = sum(life.is_broken(target) for life in lives)
    began = [life.began_after for life in lives if life.began_after is not None]
    after = f"after {median(began):5.0f} in {len(began):3} of {len(lives)}" if began else "never"
    share = sum(life.served for life in lives) / len(lives) / requests
    return f"{broken:3} broken   {after:26}   {share:4.0%}"


if __name__ == "__main__":
    main()
