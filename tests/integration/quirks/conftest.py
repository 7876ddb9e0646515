"""One stage for a module of traps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.quirks.stage import Stage


@pytest.fixture(scope="module")
def stage(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Stage]":
    from tests.integration.quirks.stage import staged  # needs the apps, which are set up by now

    with staged(database_url, journal_dir=tmp_path_factory.mktemp("journal")) as stage:
        yield stage
