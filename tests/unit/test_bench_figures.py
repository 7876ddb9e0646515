"""What the benchmark concludes from its figures."""

from tests.bench.figures import Figures, Load, Streams
from tests.bench.measurements import is_warm
from tests.bench.percentiles import Spread
from tests.bench.plan import Plan
from tests.bench.report import Report

NOTHING = Spread.of([])


def load(per_second: float, cpu_us: float | None = 100.0, share: float = 1.0) -> Load:
    latency = Spread.of([1.0] * 1000)
    lost = 0.5 if share < 1 else 0.0
    return Load(1000, {}, per_second, latency, cpu_us, share, lost, others_cpu_us_per_call=0.0)


def streams(concurrent: int, faults: int = 0, stalls: int = 0) -> Streams:
    wrong = {"status 500": faults} if faults else {}
    return Streams(concurrent, 1, wrong, 1, 1.0, NOTHING, NOTHING, 1.0, stalls, 1.0)


def test_the_most_streams_are_the_most_without_fault_or_stall():
    tried = [streams(1000, stalls=1), streams(50), streams(250), streams(400, faults=1)]
    most = Figures("a", "1", "", streams=tried).most_streams
    assert most is not None
    assert most.concurrent == 250


def test_without_a_clean_try_the_fewest_streams_are_shown():
    most = Figures("a", "1", "", streams=[streams(50, 1), streams(10, 1)]).most_streams
    assert most is not None
    assert most.concurrent == 10
    assert Figures("a", "1", "").most_streams is None


def test_wrong_answers_and_wrong_books_are_not_sound():
    assert Figures("a", "1", "").is_sound
    assert not Figures("a", "1", "", faults={"another answer": 1}).is_sound
    assert not Figures("a", "1", "", books_agree=False).is_sound


def test_it_is_warm_when_two_rounds_are_no_cheaper_than_before():
    assert not is_warm([load(1, 100), load(1, 100)])
    assert not is_warm([load(1, 100), load(1, 99), load(1, 60)])
    assert not is_warm([load(1, 100), load(1, 60), load(1, 62)])
    assert is_warm([load(1, 100), load(1, 60), load(1, 62), load(1, 59)])


def test_the_report_has_ratios_added_latencies_and_what_is_missing():
    direct = Figures("direct", "", "", saturated=load(9000, None), alone=load(100))
    purser = Figures("Purser", "1", "", saturated=load(4000), alone=load(100))
    other = Figures("other", "2", "", saturated=load(50, share=0.5), alone=load(100))
    gone = Figures("gone", "3", "", missing="there is no npm on this machine")
    text = Report(Plan(), direct, [purser, other, gone]).text("a machine")
    assert "| other | 0 | ≥ 50.0 | 80 × | 100 | 0.00 / 0.00 / 0.00 | – | – | – |" in text
    assert "| Purser | 0 | 4,000 | 1 × |" in text
    assert "(1.00 / 1.00 / 1.00)" in text
    assert "* other: **disturbed**: something else took 50% of its core" in text
    assert "* **gone is missing**: there is no npm on this machine." in text
