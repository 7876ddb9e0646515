"""One embedder for all: it is loaded once, and holds nothing of what it was asked."""

import pytest

from dataplane.caching.judgement.embedder import LocalEmbedder


@pytest.fixture(scope="session")
def embedder():
    return LocalEmbedder()
