"""What each kind of value may be written as."""

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from controlplane.provisioning import shapes, values
from controlplane.provisioning.reading import Format, read_tree
from controlplane.provisioning.values import Wrong


def node(text):
    top, _ = read_tree(f"a: {text}".encode(), Format.YAML)
    return top.pairs["a"][1]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (values.text, "abc", "abc"),
        (values.text, "2024", "2024"),
        (values.text, "off", "off"),
        (values.text, "'null'", "null"),
        (values.text_or_none, "null", ""),
        (values.slug, "vk_1.a-B", "vk_1.a-B"),
        (values.slug, "0123", "0123"),
        (values.flag, "true", True),
        (values.flag, "No", False),
        (values.whole, "12", 12),
        (values.whole, "-3", -3),
        (values.whole, "1_000_000", 1_000_000),
        (values.number, "50", 50),
        (values.number, "33.5", 33.5),
        (values.usd, "200", Decimal(200)),
        (values.usd, "0.1", Decimal("0.1")),
        (values.usd, '"12.50"', Decimal("12.50")),
        (values.usd, "12_000.000000000001", Decimal("12000.000000000001")),
        (values.ratio, "0.95", Decimal("0.95")),
        (values.moment, "2026-12-31T01:00:00+01:00", datetime(2026, 12, 31, tzinfo=UTC)),
        (values.day_or_moment, "2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        (values.time_of_day, "16:30", time(16, 30)),
        (values.nullable(values.whole), "~", None),
        (shapes.each(values.text), "[a, 1]", ["a", "1"]),
        (shapes.pairs_of(values.text), "{x: 1}", {"x": "1"}),
        (shapes.named(b=values.text), "{b: x}", {"b": "x"}),
    ],
)
def test_is_read(kind, text, value):
    found = kind(node(text))

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (values.text, "null", "Must be a text."),
        (values.text, "[a]", "Must be a text."),
        (values.slug, "x" * 300, "An id has at most 100 characters, and this 300."),
        (values.slug, "a/b", "An id starts with a letter or digit and holds letters"),
        (values.slug, "'../x'", "An id starts with a letter or digit and holds letters"),
        (values.slug, '"a\\n"', "An id starts with a letter or digit and holds letters"),
        (values.slug, "ключ", "An id starts with a letter or digit and holds letters"),
        (values.flag, "'true'", "Must be true or false."),
        (values.flag, "1", "Must be true or false."),
        (values.whole, "'60'", "Must be a whole number."),
        (values.whole, "1.5", "Must be a whole number."),
        (values.whole, "010", "Must be a whole number."),
        (values.whole, "true", "Must be a whole number."),
        (values.whole, "9" * 65, "Must be a whole number."),
        (values.number, ".inf", "Must be a number."),
        (values.usd, "-1", "Must not be negative."),
        (values.usd, "nan", "Must be an amount of US dollars such as 12.50."),
        (values.usd, "1e99", "Must be an amount of US dollars such as 12.50."),
        (values.usd, "$5", "Must be an amount of US dollars such as 12.50."),
        (values.usd, "null", "Must be a text."),
        (values.usd, "0." + "0" * 80 + "1", "Must be an amount of US dollars such as 12.50."),
        (values.usd, "0.0000000000001", "Has more decimals than can be kept exactly."),
        (values.rate_usd, "0.00000000001", "Has more decimals than can be kept exactly."),
        (values.ratio, "1.01", "Must be a number from 0 to 1 with at most 4 decimals."),
        (values.ratio, "0.00001", "Must be a number from 0 to 1 with at most 4 decimals."),
        (values.moment, "2026-12-31", "Must be a date and time with a time zone"),
        (values.moment, "2026-12-31T00:00:00", "Must be a date and time with a time zone"),
        (values.moment, "2026-99-31T00:00:00Z", "Must be a date and time with a time zone"),
        (values.moment, "0001-01-01T00:00:00+23:00", "Is out of range."),
        (values.time_of_day, "25:00", "Must be a time of day in UTC"),
        (shapes.each(values.text), "a", "Must be a list."),
        (shapes.named(b=values.text), "{}", "Lacks 'b'."),
        (shapes.named(b=values.text), "{c: 1}", "Unknown field 'c'."),
        (values.one_of(["exact", "semantic"]), "exakt", "Must be one of exact, semantic. Did you"),
    ],
)
def test_is_refused(kind, text, message):
    with pytest.raises(Wrong) as wrong:
        kind(node(text))

    assert wrong.value.message.startswith(message)


def test_says_which_part_of_a_value_is_wrong():
    kind = shapes.each(shapes.named(provider=values.text, model=values.text))

    with pytest.raises(Wrong) as wrong:
        kind(node("[{provider: a, model: b}, {provider: a, model: [c]}]"))

    assert wrong.value.path == "[1].model"
