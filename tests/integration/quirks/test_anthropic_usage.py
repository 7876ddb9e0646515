"""How Anthropic really counts, each trap of it on its own, for clients of three dialects.

Every answer is synthetic: written by hand after what Anthropic sends.
"""

from decimal import Decimal
from typing import Any

import pytest

from controlplane.catalog.models import Listing, Price
from tests import catalog
from tests.fakes.upstream import stream, whole
from tests.integration.quirks.saying.claude import BLOCKS, CLAUDE, begun, block, ended, padded, text
from tests.integration.quirks.stage import TOKEN, Counted, Stage, counted_of

DIALECTS = ("messages", "chat", "responses")

USAGES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], tuple[int, ...]]] = {
    "the start has output already, and what follows is cumulative": (
        {"input_tokens": 9, "output_tokens": 3},
        [{"input_tokens": 9, "output_tokens": 5}, {"input_tokens": 9, "output_tokens": 12}],
        (9, 12),
    ),
    "the input is revised when a server tool has read": (
        {"input_tokens": 2068, "output_tokens": 8},
        [
            {
                "input_tokens": 22397,
                "output_tokens": 275,
                "server_tool_use": {"web_search_requests": 1},
            }
        ],
        (22397, 275),
    ),
    "what was read from the cache is revised": (
        {"input_tokens": 9, "cache_read_input_tokens": 0, "output_tokens": 1},
        [{"input_tokens": 9, "cache_read_input_tokens": 400, "output_tokens": 7}],
        (409, 7, 400),
    ),
    "the input is not repeated": (
        {
            "input_tokens": 9,
            "cache_read_input_tokens": 400,
            "cache_creation_input_tokens": 60,
            "output_tokens": 1,
        },
        [{"output_tokens": 7}],
        (469, 7, 400, 60),
    ),
    "some of it is not repeated": (
        {"input_tokens": 9, "cache_read_input_tokens": 400, "output_tokens": 1},
        [{"input_tokens": 30, "cache_read_input_tokens": None, "output_tokens": 7}],
        (430, 7, 400),
    ),
    "compaction stands in its step alone": (
        {"input_tokens": 100, "cache_read_input_tokens": 55096, "output_tokens": 7},
        [
            {
                "input_tokens": 181,
                "cache_read_input_tokens": 0,
                "output_tokens": 8,
                "iterations": [
                    {
                        "type": "compaction",
                        "input_tokens": 100,
                        "cache_read_input_tokens": 55096,
                        "output_tokens": 83,
                    },
                    {
                        "type": "message",
                        "input_tokens": 181,
                        "cache_read_input_tokens": 0,
                        "output_tokens": 8,
                    },
                ],
            }
        ],
        (55377, 91, 55096),
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("trap", USAGES)
def test_usage_comes_in_parts_that_replace_each_other(stage: Stage, trap: str, dialect: str):
    start, deltas, expected = USAGES[trap]
    model = stage.model("anthropic", CLAUDE)
    events = [begun(start), *block(0, text("Hello")), *ended("end_turn", *deltas)]
    stage.answers("anthropic", stream(padded(events)))

    stage.hears_hello(dialect, model)
    stage.has_booked(*expected)


RATES = {
    "cached_input_usd_per_mtok": Decimal("0.25"),
    "cache_write_usd_per_mtok": Decimal("3"),
    "cache_write_1h_usd_per_mtok": Decimal("5"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_input_excludes_the_cache_whose_writes_have_two_lifetimes(stage: Stage, dialect: str):
    model = stage.model("anthropic", CLAUDE, RATES)
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 20,
    }
    stage.answers("anthropic", whole({**begun(usage)["message"], **BLOCKS, "usage": usage}))

    stage.hears(dialect, model, stream=False)

    row = stage.record()
    assert counted_of(row) == Counted(1310, 20, cached=1000, written=300)
    assert row.token_details == {"cache_write_1h": 200}
    amounts = (10 * Decimal("2.5"), 1000 * Decimal("0.25"), 100 * 3, 200 * 5, 20 * 10)
    assert row.cost_usd == sum(amounts) * TOKEN


STEPS = [
    {"type": "message", "input_tokens": 1128, "output_tokens": 135},
    {
        "type": "advisor_message",
        "model": "claude-opus-4-8",
        "input_tokens": 2543,
        "output_tokens": 18,
    },
    {"type": "message", "input_tokens": 1283, "output_tokens": 10},
]


@pytest.fixture(scope="module")
def _opus(stage: Stage) -> None:
    """The advisor, on the price list."""
    name = "claude-opus-4-8"
    opus = Listing.objects.create(
        id=name, vendor="anthropic", model_name=name, match={"equals": name}, position=0
    )
    rates = {"input_usd_per_mtok": Decimal(5), "output_usd_per_mtok": Decimal(25)}
    Price.objects.create(id=name, listing=opus, valid_from=catalog.EPOCH, **rates)


@pytest.mark.usefixtures("_opus")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_advisor_is_another_model_and_billed_at_its_own_price(stage: Stage, dialect: str):
    model = stage.model("anthropic", CLAUDE, price_list="anthropic")
    usage = {"input_tokens": 2411, "output_tokens": 145, "iterations": STEPS}
    events = [begun({"input_tokens": 1128, "output_tokens": 2}), *block(0, text("Hello"))]
    stage.answers("anthropic", stream(padded([*events, *ended("end_turn", usage)])))

    stage.hears(dialect, model, stream=True)

    row = stage.record()
    assert (row.usage_source, counted_of(row)) == ("provider", Counted(2411, 145))
    assert row.token_details == {"other_input": 2543, "other_output": 18}
    own, others = 2411 * Decimal("2.5") + 145 * 10, 2543 * 5 + 18 * 25
    assert row.cost_usd == (own + others) * TOKEN
