"""`manage.py cache_report` on files of all kinds."""

import json
import subprocess
import sys

import pytest

from tests.unit.caching.judged import HERE, read


def run(*arguments):
    return subprocess.run(
        [sys.executable, "manage.py", "cache_report", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=HERE.parents[2],
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    path = tmp_path_factory.mktemp("pairs") / "pairs.csv"
    labelled = [(pair, label) for name, label in (("traps", 0), ("paraphrases", 1))
                for pair in read(name)]  # fmt: skip
    rows = [(stored, asked, label) for (_, stored, asked), label in labelled]
    quoted = [[text.replace('"', '""') for text in map(str, row)] for row in rows]
    lines = ['"{}","{}",{}'.format(*row) for row in quoted]
    path.write_text("\n".join(["stored,asked,same", *lines]), "utf-8")
    return path


@pytest.fixture(scope="module")
def told(pairs):
    plot = pairs.with_suffix(".png")
    done = run(pairs, "--target-error", "0.05", "--plot", plot)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"plot": plot.read_bytes()}


def best(told, policy):
    rows = [row for row in told["policies"] if row["policy"] == policy]
    return max((row["served"] for row in rows if row["wrong_rate"] <= 0.05), default=0)


def test_guards_and_score_serve_at_least_twice_what_cosine_serves(told):
    assert best(told, "guarded") > 100
    assert best(told, "guarded") >= 2 * best(told, "cosine")


def test_has_a_row_for_each_policy_and_threshold(told):
    rows = [(row["policy"], row["threshold"]) for row in told["policies"]]

    assert len(rows) == len(set(rows)) > 200
    assert {policy for policy, _ in rows} == {"cosine", "guarded", "learned"}
    assert {"policy", "threshold", "served", "wrong", "wrong_rate", "recall"} == set(
        told["policies"][0]
    )
    assert told["pairs"] == len(read("traps")) + len(read("paraphrases"))


def test_rows_add_up(told):
    for row in told["policies"]:
        assert row["wrong"] <= row["served"]
        right = row["served"] - row["wrong"]
        assert row["recall"] == pytest.approx(right / told["same"], abs=1e-6)


def test_draws_the_curves(told):
    assert told["plot"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "names no column 'stored', 'asked', 'same'"),
        (b"stored,same\na,1\n", "names no column 'asked'"),
        (b"stored,asked,same\n", "There are no pairs"),
        (b"stored,asked,same\na,b,maybe\n", "Line 2: 'same' is 'maybe'"),
        (b"stored,asked,same\na,b,1\nc\n", "Line 3 has fewer columns"),
        (b"stored,asked,same\n\xff,b,1\n", "is not UTF-8"),
        (b'stored,asked,same\n"a,b,1\n', "is not a CSV file"),
    ],
)
def test_a_wrong_file_is_named_by_what_is_wrong(text, said, tmp_path):
    from dataplane.caching.report.pairs import PairsUnusable, read_pairs

    path = tmp_path / "x.csv"
    path.write_bytes(text)

    with pytest.raises(PairsUnusable, match=said):
        read_pairs(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    done = run(tmp_path / "none.csv")

    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    from dataplane.caching.report.pairs import FILE_BYTES_MAX, PairsUnusable, read_pairs

    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)

    with pytest.raises(PairsUnusable, match="larger than 64 MB"):
        read_pairs(path)
