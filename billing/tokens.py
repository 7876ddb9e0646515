"""What one call consumed, meaning the same for every provider.

`input` counts every prompt token; `cached_input` and `cache_write` are parts of it that do not
overlap. `output` counts every generated token; `reasoning` is a part of it. The other counts are
parts that some models price apart: `cache_write_1h` of `cache_write`, audio, images and video of
`input` or `output`, and what of the audio and images was read from a cache (a part of both).
`web_searches` counts no tokens but the searches that the provider made and bills.
"""

from dataclasses import dataclass, fields

MAIN_KINDS = ("input", "cached_input", "cache_write", "output", "reasoning")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Counts of one call. Raises `ValueError` when a main part exceeds its whole.

    Details are taken as reported: `billing.costs` never bills more of them than their whole has.
    """

    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    cached_input_audio: int = 0
    output_audio: int = 0
    input_image: int = 0
    cached_input_image: int = 0
    output_image: int = 0
    input_video: int = 0
    output_video: int = 0
    web_searches: int = 0

    def __post_init__(self) -> None:
        if self.cached_input + self.cache_write > self.input or self.reasoning > self.output:
            raise ValueError("a part of the tokens exceeds the whole")

    @property
    def has_details(self) -> bool:
        """Whether any part beyond the five is not zero."""
        return bool(
            self.cache_write_1h
            or self.input_audio
            or self.cached_input_audio
            or self.output_audio
            or self.input_image
            or self.cached_input_image
            or self.output_image
            or self.input_video
            or self.output_video
            or self.web_searches
        )

    def main(self) -> dict[str, int]:
        """The five counts that every usage record has."""
        return {kind: getattr(self, kind) for kind in MAIN_KINDS}

    def details(self) -> dict[str, int]:
        """The parts beyond the five that are not zero."""
        return {kind: count for kind in DETAIL_KINDS if (count := getattr(self, kind))}

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(*(getattr(self, kind) + getattr(other, kind) for kind in ALL_KINDS))


ALL_KINDS = tuple(field.name for field in fields(Tokens))
DETAIL_KINDS = ALL_KINDS[len(MAIN_KINDS) :]
NO_TOKENS = Tokens()
