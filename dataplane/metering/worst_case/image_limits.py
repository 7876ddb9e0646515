"""The most tokens that one image takes, at vendors that document it.

Images are scaled down before they are read, so their size in the request says nothing. At other
vendors, and of models with no entry, an image counts as the model's whole context window.
"""

from functools import lru_cache

# https://developers.openai.com/api/docs/guides/images-vision: 85 + 170 tokens for each of 8 tiles;
# 33 times that for 4o mini; 1,536 patches, times 2.46 at most, of the smaller 4.1, 5 and o4 models.
TILES = 1_445
TILES_4O_MINI = 48_169
PATCHES = 3_779
# A budget of 10,000 patches ("original" detail) since 5.4, times the largest factor of any model.
PATCHES_ORIGINAL = 24_600
OPENAI = {
    "": max(TILES_4O_MINI, PATCHES_ORIGINAL),
    "gpt-": PATCHES_ORIGINAL,
    "gpt-4": PATCHES,
    "gpt-4o": TILES,
    "gpt-4o-mini": TILES_4O_MINI,
    "gpt-5": PATCHES,
    "gpt-5.4": PATCHES_ORIGINAL,
    "gpt-5.5": PATCHES_ORIGINAL,
    "gpt-5.6": PATCHES_ORIGINAL,
    "gpt-5.7": PATCHES_ORIGINAL,
    "gpt-5.8": PATCHES_ORIGINAL,
    "gpt-5.9": PATCHES_ORIGINAL,
    "chatgpt-4o": TILES,
    "o1": TILES,
    "o3": TILES,
    "o4-mini": PATCHES,
}
# https://platform.claude.com/docs/en/build-with-claude/vision: 1,568 tokens, 4,784 since Opus 4.7.
CLAUDE = 4_784
# https://ai.google.dev/gemini-api/docs/media-resolution: about 2,048 for Gemini 2.5 with pan and
# scan, 2,240 in Gemini 3's highest resolution.
GEMINI = 4_096
# What is beside the pixels: the words a provider puts around an image, a row's end marks.
SLACK = 256

LIMITS = {
    "openai": OPENAI,
    "azure": OPENAI,
    "anthropic": {"claude-": CLAUDE},
    "aws": {"claude-": CLAUDE},
    "google": {"claude-": CLAUDE, "gemini-": GEMINI},
}
MAKERS = ("ft:", "global.", "regional.", "us.", "eu.", "apac.", "anthropic.")


@lru_cache(maxsize=10_000)
def image_tokens_max(vendor: str, model: str) -> int | None:
    """The most tokens of one image; None where nobody says."""
    limits = LIMITS.get(vendor, {})
    name = model.lower().rpartition("/")[2]
    for maker in MAKERS:
        name = name.removeprefix(maker)
    fitting = [prefix for prefix in limits if name.startswith(prefix)]
    return limits[max(fitting, key=len)] + SLACK if fitting else None
