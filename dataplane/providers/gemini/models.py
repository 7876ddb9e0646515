"""What each model of Google's can be told: how to think, and what to give back.

https://ai.google.dev/gemini-api/docs/thinking, /thought-signatures, /function-calling. A name that
says no version, or a newer one, is taken for the newest that is known, so that a new model needs no
change here.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

Version = tuple[int, int]

NEWEST = (4, 0)
FIRST_BY_LEVEL = (3, 0)
FIRST_BY_BUDGET = (2, 5)
# From here on Flash models take `minimal` no longer.
FIRST_WITHOUT_MINIMAL = (3, 6)
FIRST_PRO_WITH_MEDIUM = (3, 1)
# Weakest first.
LEVELS = ("minimal", "low", "medium", "high")
STRONGER = frozenset({"xhigh", "max"})
VERSION = re.compile(r"gemini-(?:\w+-)?(\d+)(?:\.(\d+))?")
OTHER_FAMILIES = ("gemma-", "learnlm", "text-", "medlm", "medgemma", "txgemma")
# Variants of thinking models that do not think.
SPEECH_AND_PICTURES = ("-tts", "-image", "-live", "native-audio")


class Thinks(StrEnum):
    """How a model is told to think."""

    NEVER = "never"
    BY_BUDGET = "by_budget"
    BY_LEVEL = "by_level"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model takes."""

    thinks: Thinks = Thinks.BY_LEVEL
    levels: tuple[str, ...] = ("low", "medium", "high")
    budget_min: int = 0
    budget_max: int = 0
    can_stop_thinking: bool = False
    wants_signatures: bool = True
    """It refuses calls in its history that lack the proof of the thoughts behind them."""
    reads_results: bool = True
    """Results of functions may hold images and documents."""

    def level(self, effort: str) -> str:
        """The word for an effort: the next stronger one where the model does not know it."""
        if effort in STRONGER:
            return self.levels[-1]
        stronger = LEVELS[LEVELS.index(effort) :]
        return next((word for word in stronger if word in self.levels), self.levels[-1])


SILENT = Abilities(Thinks.NEVER, (), wants_signatures=False, reads_results=False)


@lru_cache(maxsize=10_000)
def abilities_of(model: str) -> Abilities:
    name = model.rpartition("/")[2].lower()
    version = _version(name)
    if name.startswith(OTHER_FAMILIES) or version < FIRST_BY_BUDGET:
        return SILENT
    is_silent = any(mark in name for mark in SPEECH_AND_PICTURES)
    if version < FIRST_BY_LEVEL:
        return SILENT if is_silent else _by_budget(name)
    if is_silent:
        return Abilities(Thinks.NEVER, ())
    return Abilities(levels=_levels(name, version))


def _by_budget(name: str) -> Abilities:
    """2.5: the ranges of its budgets."""
    if "pro" in name:
        least, most, can_stop = 128, 32_768, False
    elif "lite" in name:
        least, most, can_stop = 512, 24_576, True
    else:
        least, most, can_stop = 1, 24_576, True
    return Abilities(
        Thinks.BY_BUDGET, (), least, most, can_stop, wants_signatures=False, reads_results=False
    )


def _levels(name: str, version: Version) -> tuple[str, ...]:
    if "pro" in name and version < FIRST_PRO_WITH_MEDIUM:
        return ("low", "high")
    if "pro" not in name and version < FIRST_WITHOUT_MINIMAL:
        return LEVELS
    return LEVELS[1:]


def _version(name: str) -> Version:
    found = VERSION.match(name)
    if found is None:
        return (1, 0) if name in ("gemini-pro", "gemini-pro-vision") else NEWEST
    return int(found[1]), int(found[2] or 0)
