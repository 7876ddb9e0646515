"""Reading usage records: which ones a filter means, and paging through them."""

from datetime import timedelta

import pytest

from controlplane.errors import DomainError
from controlplane.usage.parameters import read_filter
from controlplane.usage.queries import Position, find_record, record_page
from tests.builders import NOON, refusal, usage_record

pytestmark = pytest.mark.usefixtures("database")


def ids(limit=100, only_customer=None, **parameters):
    """The request ids that URL parameters find; `from_` stands for `from`."""
    lists = {
        name.rstrip("_").replace("__", "."): value if isinstance(value, list) else [value]
        for name, value in parameters.items()
    }
    records = read_filter(lists, only_customer=only_customer)
    return [record.request_id for record in record_page(records, limit=limit)]


def test_lists_the_newest_first():
    first = usage_record(at=NOON)
    last = usage_record(at=NOON + timedelta(seconds=1))

    assert ids() == [last, first]


@pytest.mark.parametrize(
    ("parameter", "column", "value", "other"),
    [
        ("customer", "customer_id", "acme", "umbrella"),
        ("team", "team_id", "research", "sales"),
        ("virtual_key", "virtual_key_id", "vk-1", "vk-2"),
        ("provider", "provider", "openai", "anthropic"),
        ("model", "model", "openai/gpt-4o", "openai/gpt-4o-mini"),
        ("status", "status", 200, 502),
        ("cache", "cache", "exact", "miss"),
        ("endpoint", "endpoint", "embeddings", "completions"),
    ],
)
def test_each_field_filters_and_repeating_it_means_or(parameter, column, value, other):
    wanted, second, _ = (usage_record(**{column: each}) for each in (value, other, _third(value)))

    assert ids(**{parameter: str(value)}) == [wanted]
    assert set(ids(**{parameter: [str(value), str(other)]})) == {wanted, second}


def _third(value):
    return 404 if isinstance(value, int) else "third"


def test_different_fields_must_all_hold():
    wanted = usage_record(provider="openai", status=200)
    usage_record(provider="openai", status=500)
    usage_record(provider="bedrock", status=200)

    assert ids(provider="openai", status="200") == [wanted]


def test_an_empty_value_finds_the_records_without_one():
    without = usage_record(team_id=None)
    other = usage_record(team_id="research")
    usage_record(team_id="sales")

    assert ids(team="") == [without]
    assert set(ids(team=["", "research"])) == {without, other}


def test_metadata_filters_by_the_text_of_the_value():
    text = usage_record(metadata={"code": "B-17"})
    number = usage_record(metadata={"code": 17})
    flag = usage_record(metadata={"code": True})
    missing = usage_record(metadata={})
    empty = usage_record(metadata={"code": None})

    assert ids(metadata__code="B-17") == [text]
    assert set(ids(metadata__code=["17", "true"])) == {number, flag}
    assert set(ids(metadata__code="")) == {missing, empty}


def test_a_metadata_key_that_looks_like_an_index_is_a_key():
    wanted = usage_record(metadata={"0": "zero"})

    assert ids(metadata__0="zero") == [wanted]


def test_instants_are_half_open():
    inside = usage_record(at=NOON)
    usage_record(at=NOON + timedelta(hours=1))

    assert ids(from_="2026-11-20T12:00:00Z", to="2026-11-20T14:00:00+01:00") == [inside]


def test_whole_days_include_both_ends():
    midnight = NOON.replace(hour=0)
    usage_record(at=midnight - timedelta(microseconds=1))
    first = usage_record(at=midnight)
    last = usage_record(at=midnight + timedelta(days=2) - timedelta(microseconds=1))
    usage_record(at=midnight + timedelta(days=2))

    assert ids(from_="2026-11-20", to="2026-11-21") == [last, first]


def test_the_day_the_clocks_go_back_has_25_hours():
    midnight = NOON.replace(month=10, day=24, hour=22)  # 25 October in Berlin, still summer time
    usage_record(at=midnight - timedelta(microseconds=1))
    first = usage_record(at=midnight)
    last = usage_record(at=midnight + timedelta(hours=25) - timedelta(microseconds=1))
    usage_record(at=midnight + timedelta(hours=25))

    assert ids(from_="2026-10-25", to="2026-10-25", tz="Europe/Berlin") == [last, first]


def test_pages_through_equal_timestamps_without_gap_or_repeat():
    expected = {usage_record(at=NOON) for _ in range(25)}
    seen, after = [], None

    while page := record_page(read_filter({}), limit=4, after=after):
        seen += [record.request_id for record in page]
        after = Position.read(Position.of(page[-1]).cursor())

    assert len(seen) == 25
    assert set(seen) == expected


def test_records_that_arrive_while_paging_do_not_shift_the_pages():
    old = [usage_record(at=NOON - timedelta(minutes=number)) for number in range(4)]
    page = record_page(read_filter({}), limit=2)
    usage_record(at=NOON + timedelta(minutes=1))

    rest = record_page(read_filter({}), limit=10, after=Position.of(page[-1]))

    assert [record.request_id for record in [*page, *rest]] == old


def test_a_viewer_bound_to_a_customer_sees_no_other():
    own = usage_record(customer_id="acme")
    foreign = usage_record(customer_id="umbrella")

    assert ids(only_customer="acme") == [own]
    assert ids(only_customer="acme", customer="umbrella") == []
    assert ids(only_customer="acme", customer=["umbrella", "acme", ""]) == [own]
    assert find_record(own, only_customer="acme") is not None
    assert find_record(foreign, only_customer="acme") is None
    assert find_record(foreign) is not None


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE usage_usagerecord; --", "x' OR '1'='1", "%s", "%(limit)s", "\\", "{0}"]
)
def test_values_that_look_like_sql_are_only_text(text):
    usage_record()
    wanted = usage_record(customer_id=text, metadata={text: text})

    assert ids(customer=text) == [wanted]
    records = read_filter({f"metadata.{text}": [text]})
    assert [record.request_id for record in record_page(records, limit=9)] == [wanted]
    assert refusal() is not None


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "MTIz", "MSA", "LTEgeA==x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5IHg"]
)
def test_refuses_a_cursor_that_is_not_ours(cursor):
    with pytest.raises(DomainError):
        Position.read(cursor)
