"""The local embedder: vectors and word ranks from the weights in `wordllama`'s wheel.

Nothing is downloaded and no server is asked. The files are read without importing the package: it
looks for its weights where they are not, sets up the root logger, and brings an HTTP client along.
The vectors are the same.
"""

import importlib.util
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

NAME = "wordllama/l2_supercat_256"
"""Vectors of another name are never compared with these."""
DIMENSIONS = 256
TEXT_CHARACTERS_MAX = 20_000
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR = "embedding.weight"
_WORDS_KEPT_MAX = 50_000
_PER_FURTHER_TOKEN = 0.1
_RAREST = 1.3

Vector = np.ndarray[Any, np.dtype[np.float32]]


class LocalEmbedder:
    """Loads in a third of a second and takes 50 MB, so it is made when it is first needed."""

    name = NAME

    def __init__(self) -> None:
        found = importlib.util.find_spec("wordllama")
        if found is None or found.origin is None:
            raise RuntimeError("the package wordllama, which carries the weights, is not installed")
        folder = Path(found.origin).parent
        with safe_open(folder / _WEIGHTS, "np") as weights:
            self._rows: Any = weights.get_tensor(_TENSOR)
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._ranks_max = math.log(len(self._rows))
        self._tokens = lru_cache(_WORDS_KEPT_MAX)(self._tokens_of)

    def embed(self, text: str) -> Vector:
        """One normalised vector of `DIMENSIONS`; zeros for a text without any tokens."""
        tokens = self._tokenizer.encode(text[:TEXT_CHARACTERS_MAX], add_special_tokens=False).ids
        return self._pooled(tokens)

    def rarity(self, word: str) -> float:
        tokens = self._tokens(word)
        if len(tokens) == 1:
            return math.log(max(tokens[0], 1)) / self._ranks_max
        return min(_RAREST, 1.0 + _PER_FURTHER_TOKEN * (len(tokens) - 2))

    def similarity(self, words: list[str], others: list[str]) -> float:
        mine = self._pooled([token for word in words for token in self._tokens(word)])
        theirs = self._pooled([token for word in others for token in self._tokens(word)])
        return cosine(mine, theirs)

    def _tokens_of(self, word: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(word, add_special_tokens=False).ids)

    def _pooled(self, tokens: list[int]) -> Vector:
        if not tokens:
            return np.zeros(DIMENSIONS, np.float32)
        pooled: Vector = self._rows[tokens].astype(np.float32).mean(0)
        length = float(np.linalg.norm(pooled))
        return pooled / np.float32(length) if length else pooled


def cosine(one: Vector, other: Vector) -> float:
    """Of normalised vectors."""
    return float(one @ other)
