"""The page that names the test of each trap is true: its tests exist, and it names all of ours."""

import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
DEFINED = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def named() -> set[tuple[Path, str]]:
    found = NAMED.findall((HERE / "README.md").read_text())
    return {(_place(path), name) for path, name in found}


def _place(path: str) -> Path:
    """Those without a folder are beside the page, others below `tests/`."""
    return (HERE.parents[1] if "/" in path else HERE) / path


def defined_in(path: Path) -> set[tuple[Path, str]]:
    return {(path, name) for name in DEFINED.findall(path.read_text())}


def test_every_test_that_the_page_names_is_there():
    assert not [(path, name) for path, name in named() if (path, name) not in defined_in(path)]


def test_every_trap_that_is_tested_is_on_the_page():
    files = set(HERE.glob("test_*.py")) - {Path(__file__)}
    assert not set().union(*map(defined_in, files)) - named()
