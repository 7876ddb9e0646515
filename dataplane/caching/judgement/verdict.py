"""The judgement itself: guards first, each a hard block, then the score."""

from dataclasses import dataclass

from dataplane.caching.judgement.difference import Difference
from dataplane.caching.judgement.guards import GUARDS
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.score import Lexicon, contrast, score


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two prompts may share an answer, and why (not)."""

    score: float
    """0 where a guard blocks; else how sure one can be, up to 1."""
    cosine: float
    guard: str | None
    """Which guard blocks."""
    difference: Difference
    """What it saw; without a guard, the words that only one of the prompts has."""

    @property
    def is_blocked(self) -> bool:
        return self.guard is not None

    def explain(self) -> str:
        """One sentence for people."""
        asked, stored = (", ".join(words) or "nothing" for words in
                         (self.difference.asked, self.difference.stored))  # fmt: skip
        contrasted = f"asked has {asked}, stored has {stored}"
        if self.guard is None:
            return f"score {self.score:.3f} at cosine {self.cosine:.3f}: {contrasted}"
        return f"blocked by {self.guard}: {contrasted}"


def judge(asked: Prompt, stored: Prompt, cosine: float, lexicon: Lexicon) -> Verdict:
    """Of the prompt asked and one whose answer is stored. A cosine that is none counts as -1."""
    cosine = cosine if -1.0 <= cosine <= 1.0 else (1.0 if 1.0 < cosine < 1.001 else -1.0)
    for name, differ in GUARDS.items():
        if (difference := differ(asked, stored)) is not None:
            return Verdict(0.0, cosine, name, difference)
    words = contrast(asked, stored)
    return Verdict(
        score(asked, stored, cosine, lexicon), cosine, None, Difference(words.asked, words.stored)
    )
