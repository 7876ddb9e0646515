"""`manage.py anomaly_report`: JSON on standard output, bad rows by their line beside it."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.unit.anomalies.series import csv_lines
from tests.unit.anomalies.test_series_files import HEADER, flat, spiked


def printed(path: Path) -> tuple[list[dict[str, object]], str]:
    out, problems = io.StringIO(), io.StringIO()
    call_command("anomaly_report", str(path), stdout=out, stderr=problems)
    return json.loads(out.getvalue()), problems.getvalue()


def test_prints_a_list_of_events(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("".join(["\ufeff" + HEADER, *csv_lines("a", spiked(1)), "b,never,1\n"]))

    (event,), problems = printed(path)

    assert set(event) == {"series", "at", "kind", "severity", "expected", "observed"}
    assert problems.startswith("line 674: ")


def test_prints_an_empty_list_where_all_is_usual(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("".join([HEADER, *csv_lines("a", flat(2))]))

    assert printed(path) == ([], "")


def test_a_file_that_is_not_there_or_no_table_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x00\xff")

    for name in ("picture.png", "none.csv"):
        with pytest.raises(CommandError, match=name):
            printed(tmp_path / name)
