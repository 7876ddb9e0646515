"""What each model of Claude can be told: how to think, how to sample, what to do from here on.

https://platform.claude.com/docs/en/build-with-claude/thinking, /effort, and the migration guides of
the models. A Claude without a version in its name, or of a later one, is taken for the newest that
is known, so that a new model needs no change here. Other vendors' models that are offered in this
dialect (GLM, Kimi, DeepSeek) take what Claude took when they copied it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

Version = tuple[int, int]

MAKER = "claude"
NEWEST = (5, 0)
COPIED = (4, 5)
FIRST_TO_THINK = (3, 7)
FIRST_ADAPTIVE = (4, 6)
FIRST_WITHOUT_SAMPLING = (4, 7)
FIRST_INSTRUCTED_LATER = (4, 8)
FIRST_THINKING_BETWEEN_TOOLS = (5, 5)
# Strongest last.
EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")
ALWAYS_THINKING = ("fable", "mythos")
SEPARATORS = re.compile(r"[-.@:_ ]")


class Thinks(StrEnum):
    """How a model is told to think."""

    NEVER = "never"
    BY_BUDGET = "by_budget"
    ADAPTIVELY = "adaptively"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model takes."""

    thinks: Thinks = Thinks.ADAPTIVELY
    efforts: tuple[str, ...] = ("low", "medium", "high", "xhigh", "max")
    off: str | None = "disabled"
    """The type of thinking that is none, or the least there is; None where it always thinks."""
    hides_thoughts: bool = True
    """Thoughts are shown when they are asked for alone."""
    samples: bool = False
    """It heeds temperature, `top_p` and `top_k`."""
    is_instructed_later: bool = True
    """It takes a system prompt between the turns."""

    def effort(self, asked: str) -> str:
        """The word for an effort: the next stronger one where the model does not know it."""
        stronger = EFFORTS[EFFORTS.index(asked) :]
        return next((word for word in stronger if word in self.efforts), self.efforts[-1])


@lru_cache(maxsize=10_000)
def abilities_of(model: str) -> Abilities:
    family, version = _read(model)
    if MAKER not in model.lower():
        version = COPIED
    later = version >= FIRST_INSTRUCTED_LATER
    if version < FIRST_TO_THINK:
        return Abilities(Thinks.NEVER, (), None, False, samples=True, is_instructed_later=False)
    if version < FIRST_ADAPTIVE:
        return Abilities(Thinks.BY_BUDGET, (), "disabled", False, True, is_instructed_later=False)
    if version < FIRST_WITHOUT_SAMPLING:
        efforts = ("low", "medium", "high", "max")
        return Abilities(
            efforts=efforts, hides_thoughts=False, samples=True, is_instructed_later=later
        )
    return Abilities(off=_off(family, version), is_instructed_later=later)


def _off(family: str, version: Version) -> str | None:
    if family in ALWAYS_THINKING:
        return None
    if version >= FIRST_THINKING_BETWEEN_TOOLS:
        return {"opus": None, "sonnet": "between_tools"}.get(family, "disabled")
    return "disabled"


def _read(model: str) -> tuple[str, Version]:
    """From names as in `claude-3-7-sonnet-20250219`, `us.anthropic.claude-opus-4-6-v1`."""
    words = SEPARATORS.split(model.lower().partition(MAKER)[2])
    family = next((word for word in words if word.isalpha()), "")
    numbers: list[int] = []
    for word in words:
        if word.isdigit() and len(word) <= 2:
            numbers.append(int(word))
        elif numbers:
            break
    if not numbers:
        return family, NEWEST
    return family, (numbers[0], numbers[1] if len(numbers) > 1 else 0)
