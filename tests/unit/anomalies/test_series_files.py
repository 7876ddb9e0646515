"""Files of other people's series: what is read, what is named, what a gap means."""

import random

import pytest

from billing.anomalies.gridding import Gaps
from billing.anomalies.reports import ReportedEvent, report
from billing.anomalies.series_files import SeriesFileError
from tests.unit.anomalies.series import MONDAY, csv_lines

HEADER = "series,at,value\n"
HOURS = 24 * 28


def flat(seed: int, size: int = HOURS) -> list[float | None]:
    dice = random.Random(seed)
    return [float(round(dice.gauss(100, 10))) for _ in range(size)]


def spiked(seed: int) -> list[float | None]:
    values = flat(seed)
    values[500:503] = [400.0] * 3
    return values


def events_of(lines: list[str], gaps: Gaps = Gaps.AUTO) -> list[ReportedEvent]:
    return report([HEADER, *lines], gaps)[0]


def test_an_event_says_when_in_the_words_of_the_file() -> None:
    (event,) = events_of(csv_lines("a", spiked(1)))

    assert event["series"] == "a"
    assert event["at"] == "2026-01-25T20:00:00+00:00"
    assert event["kind"] == "spike"
    assert event["severity"] == "warning"
    assert 90 < event["expected"] < 110
    assert event["observed"] == 400


def test_the_order_of_rows_does_not_matter() -> None:
    lines = csv_lines("a", spiked(2)) + csv_lines("b", flat(3))
    shuffled = random.Random(1).sample(lines, len(lines))

    assert events_of(shuffled) == events_of(lines) != []


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%s"])
def test_times_may_be_written_without_a_zone_or_as_seconds(form: str) -> None:
    lines = []
    for line in csv_lines("a", spiked(4)):
        name, at, value = line.split(",")
        moment = MONDAY.fromisoformat(at)
        text = str(int(moment.timestamp())) if form == "%s" else moment.strftime(form)
        lines.append(f"{name},{text},{value}")

    assert len(events_of(lines)) == 1


def test_bad_rows_are_named_with_their_line_and_the_rest_is_read() -> None:
    bad = ["a,yesterday,1\n", "a,2026-01-01,nan\n", "a\n", ",2026-01-01,1\n", "a,2026-01-01,x\n"]

    events, problems = report([HEADER, *bad, *csv_lines("a", spiked(5))])

    assert len(events) == 1
    assert [problem.split(":")[0] for problem in problems] == [f"line {n}" for n in range(2, 7)]


def test_a_time_given_twice_is_named_and_the_first_counts() -> None:
    lines = csv_lines("a", spiked(6))

    events, problems = report([HEADER, *lines, lines[10]])

    assert len(events) == 1
    assert problems == [
        f"line {len(lines) + 2}: a at 2026-01-05T10:00:00+00:00 was given on line 12"
    ]


@pytest.mark.parametrize("first", ["", "a,b,c\n", "series,value\n"])
def test_a_file_without_its_columns_is_refused(first: str) -> None:
    with pytest.raises(SeriesFileError, match=r"at.* missing"):
        report([first] if first else [])


def test_rows_that_are_missing_here_and_there_are_no_silence() -> None:
    dice = random.Random(7)
    values = [value if dice.random() > 0.08 else None for value in flat(7)]
    values[300:306] = [None] * 6

    assert events_of(csv_lines("a", values)) == []


def test_a_gap_is_silence_where_it_means_zero() -> None:
    values = flat(8)
    values[500:510] = [None] * 10

    (event,) = events_of(csv_lines("a", values), Gaps.ZERO)

    assert event["kind"] == "silence"


def test_so_long_a_time_in_so_short_steps_is_named() -> None:
    lines = [*csv_lines("a", flat(9, 50), 60), "a,1971-01-01,1\n", *csv_lines("b", spiked(9))]

    events, problems = report([HEADER, *lines])

    assert [event["series"] for event in events] == ["b"]
    assert problems[0].startswith("series a: over")


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.0] * 300, [-5.0] * 300])
def test_too_little_or_nothing_to_say_is_no_error(values: list[float | None]) -> None:
    assert events_of(csv_lines("a", values)) == []
