"""The local embedder: the vectors of its package, without the package's habits."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dataplane.caching.judgement.embedder import DIMENSIONS, cosine

TEXTS = [
    "How do I reset my password?",
    "Wie wird das Wetter heute?",
    "如何打开通知？",
    "x",
    "a  b\n",
]


@pytest.fixture(scope="module")
def package():
    before, level = logging.root.handlers[:], logging.root.level
    import wordllama

    logging.root.handlers[:], logging.root.level = before, level
    return wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, disable_download=True
    )


@pytest.mark.parametrize("text", TEXTS)
def test_has_the_vectors_of_its_package(text, embedder, package):
    assert np.allclose(embedder.embed(text), package.embed(text, norm=True)[0], atol=1e-5)


def test_a_text_without_tokens_is_like_nothing(embedder):
    assert embedder.embed("").shape == (DIMENSIONS,)
    assert cosine(embedder.embed(""), embedder.embed("word")) == 0.0


def test_a_common_word_is_less_rare_than_a_name(embedder):
    assert embedder.rarity("the") < embedder.rarity("course") < embedder.rarity("mozambique")


def test_the_data_plane_does_without_it_until_a_key_needs_it():
    loaded = (
        "import sys, dataplane.app; print([n for n in ('numpy', 'tokenizers') if n in sys.modules])"
    )

    found = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
