"""Filters as people write them in a URL: what is understood, and what is refused by name."""

from datetime import UTC, datetime

import pytest

from controlplane.errors import DomainError
from controlplane.usage.dimensions import read_dimensions
from controlplane.usage.parameters import read_count, read_filter

REFUSED = [
    ({"custmer": ["acme"]}, "custmer"),
    ({"limit_usd": ["1"]}, "limit_usd"),
    ({"tz": ["Mars/Olympus"]}, "tz"),
    ({"tz": ["../../etc/passwd"]}, "tz"),
    ({"tz": ["UTC", "UTC"]}, "tz"),
    ({"from": ["yesterday"]}, "from"),
    ({"from": [""]}, "from"),
    ({"from": ["2026-02-30"]}, "from"),
    ({"from": ["2026-11-21T10:00:00"]}, "from"),
    ({"from": ["2026-11-21T10:00:00 01:00"]}, "from"),
    ({"to": ["9999-12-31"]}, "to"),
    ({"from": ["0001-01-01"], "tz": ["Asia/Tokyo"]}, "from"),
    ({"from": ["2026-11-21", "2026-11-22"]}, "from"),
    ({"from": ["2026-11-22"], "to": ["2026-11-21"]}, "from"),
    ({"from": ["2026-11-22T00:00:01Z"], "to": ["2026-11-21"]}, "from"),
    ({"status": ["ok"]}, "status"),
    ({"status": [""]}, "status"),
    ({"status": ["99999"]}, "status"),
    ({"status": ["٢٠٠"]}, "status"),
    ({"customer": ["a\x00b"]}, "customer"),
    ({"customer": ["a"] * 101}, "customer"),
    ({"customer": ["a" * 2049]}, "customer"),
    ({"metadata.": ["a"]}, "metadata."),
    ({"metadata.a\x00b": ["a"]}, "metadata.a\x00b"),
    ({"metadata." + "a" * 513: ["a"]}, "metadata." + "a" * 513),
]


@pytest.mark.parametrize(("parameters", "name"), REFUSED)
def test_refuses_what_it_does_not_understand_and_names_it(parameters, name):
    with pytest.raises(DomainError) as refused:
        read_filter(parameters)

    assert list(refused.value.fields) == [name]


def test_a_day_and_an_instant_may_be_mixed():
    records = read_filter({"from": ["2026-11-21T10:00:00+01:00"], "to": ["2026-11-21"]})

    assert records.start == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert records.end == datetime(2026, 11, 22, tzinfo=UTC)


def test_days_are_days_of_the_time_zone():
    records = read_filter({"from": ["2026-03-29"], "to": ["2026-03-29"], "tz": ["Europe/Berlin"]})

    assert records.start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert records.end == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_an_empty_period_of_instants_is_no_mistake():
    moment = ["2026-11-21T10:00:00Z"]

    assert read_filter({"from": moment, "to": moment}).start is not None


def test_dimensions_are_separated_by_commas_or_repeated():
    assert read_dimensions(["customer,metadata.cost center", "day"]) == (
        "customer",
        "metadata.cost center",
        "day",
    )
    assert read_dimensions([]) == ()
    assert read_dimensions([""]) == ()


@pytest.mark.parametrize(
    "group_by",
    [
        "cost_usd",
        "customer,",
        "customer,customer",
        "metadata.",
        "day;--",
        "day,hour,model,cache,status,team,provider",
    ],
)
def test_refuses_dimensions_it_does_not_have(group_by):
    with pytest.raises(DomainError):
        read_dimensions([group_by])


@pytest.mark.parametrize("text", ["0", "-1", "1001", "1.5", "", "٣", "99999999999"])
def test_refuses_a_limit_out_of_range(text):
    with pytest.raises(DomainError):
        read_count({"limit": [text]}, "limit", default=100, most=1000)
