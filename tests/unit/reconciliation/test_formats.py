"""Providers' exports, as their documentation shows them, read into lines of days, models, kinds."""

import json
from datetime import date
from decimal import Decimal

import pytest

from controlplane.errors import DomainError
from controlplane.reconciliation.formats import AUTO, format_for
from controlplane.reconciliation.formats.mapped import mapped_format
from controlplane.reconciliation.gathering import Gathered, gather
from controlplane.reconciliation.rows import columns_of, rows_of

D1, D2 = date(2026, 10, 1), date(2026, 10, 2)
T1 = 1790812800  # 2026-10-01T00:00:00Z


def no_rate(currency: str, day: date) -> Decimal:
    raise DomainError("no_exchange_rate", f"no rate of {currency}")


def read(content: str, form: str = AUTO, rate=no_rate, **mapping: str) -> Gathered:
    content_ = content.encode()
    columns = columns_of(content_)
    chosen = mapped_format(mapping, columns, "UTC") if mapping else format_for(form, columns)
    return gather(rows_of(content_), chosen, rate)


def sums(gathered: Gathered) -> dict:
    return {
        tuple(place): (str(each.usd.normalize()) if each.usd is not None else None, each.tokens)
        for place, each in gathered.sums.items()
    }


def test_openai_costs_as_csv():
    found = read(
        "start_time,end_time,start_time_iso,amount_value,amount_currency,line_item,project_id\n"
        f'{T1},1,2026-10-01T00:00:00+00:00,0.0600000000,usd,"gpt-4o-2024-08-06, input",p1\n'
        f'{T1},1,2026-10-01T00:00:00+00:00,0.01,usd,"gpt-4o-2024-08-06, cached input",p1\n'
        f'{T1},1,2026-10-01T00:00:00+00:00,1.5,usd,"gpt-4o-2024-08-06, output",p1\n'
        f"{T1},1,2026-10-01T00:00:00+00:00,0.4,usd,web search tool calls | gpt-4o,p1\n"
        f"{T1 + 86400},1,2026-10-02T00:00:00+00:00,,,,\n"
    )

    assert sums(found) == {
        (D1, "gpt-4o-2024-08-06", "input"): ("0.06", None),
        (D1, "gpt-4o-2024-08-06", "cached_input"): ("0.01", None),
        (D1, "gpt-4o-2024-08-06", "output"): ("1.5", None),
        (D1, "web search tool calls | gpt-4o", "charge"): ("0.4", None),
    }
    assert found.left_out == 0


def test_openai_costs_and_usage_as_the_api_answers():
    amount = {"value": 0.06, "currency": "usd"}
    costs = {"object": "organization.costs.result", "amount": amount, "line_item": None}
    usage = {
        "object": "organization.usage.completions.result",
        "input_tokens": 1000,
        "output_tokens": 500,
        "input_cached_tokens": 800,
        "num_model_requests": 5,
        "model": "gpt-4o-mini-2024-07-18",
    }

    def page(result):
        bucket = {"object": "bucket", "start_time": T1, "end_time": T1, "results": [result]}
        return json.dumps({"object": "page", "data": [bucket], "has_more": False})

    assert sums(read(page(costs))) == {(D1, "", "all_kinds"): ("0.06", None)}
    assert sums(read(page(usage))) == {
        (D1, "gpt-4o-mini-2024-07-18", "input"): (None, 200),
        (D1, "gpt-4o-mini-2024-07-18", "cached_input"): (None, 800),
        (D1, "gpt-4o-mini-2024-07-18", "output"): (None, 500),
    }


def test_openai_usage_as_csv_counts_in_floats():
    found = read(
        "start_time,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens\n"
        f"{T1},gpt-4o-2024-08-06,10.0,59200.0,10646.0,5760.0\n{T1},,,,,\n"
    )

    assert [each.tokens for each in found.sums.values()] == [53440, 5760, 10646]


def test_anthropic_cost_file():
    found = read(
        "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
        "list_price_usd,cost_type\n"
        "2026-10-01,Claude Haiku 4.5,Default,k,message,≤ 200k,input_no_cache,0.05,0.05,token\n"
        "2026-10-01,Claude Haiku 4.5,Default,k,message,≤ 200k,input_cache_read,0.01,0.05,token\n"
        "2026-10-01,Claude Haiku 4.5,Default,k,message,≤ 200k,input_cache_write_5m,0.02,0.1,token\n"
        "2026-10-01,Claude Haiku 4.5,Default,k,message,≤ 200k,output,0.07,0.07,token\n"
        "2026-10-01,,Default,k,message,,,0.30,0.30,web_search\n"
    )

    kinds = {place.kind: str(each.usd) for place, each in found.sums.items()}
    assert {kind: usd.rstrip("0") for kind, usd in kinds.items()} == {
        "input": "0.05",
        "cached_input": "0.01",
        "cache_write": "0.02",
        "output": "0.07",
        "charge": "0.3",
    }


def test_anthropic_reports_of_the_api_are_in_cents_and_tokens():
    cost = {
        "currency": "USD",
        "amount": "123.45",
        "model": "claude-sonnet-4-5-20250929",
        "cost_type": "tokens",
        "token_type": "cache_creation.ephemeral_5m_input_tokens",
    }
    usage = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 50,
        "model": "claude-sonnet-4-5-20250929",
    }

    def page(result):
        at = {"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z"}
        return json.dumps({"data": [{**at, "results": [result]}], "has_more": False})

    name = "claude-sonnet-4-5-20250929"
    assert sums(read(page(cost))) == {(D1, name, "cache_write"): ("1.2345", None)}
    kinds = {place.kind: each.tokens for place, each in read(page(usage)).sums.items()}
    assert kinds == {"input": 1500, "cached_input": 200, "cache_write": 1500, "output": 50}


CUR = (
    "identity/LineItemId,identity/TimeInterval,bill/PayerAccountId,lineItem/LineItemType,"
    "lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,"
    "lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/unit,product/ProductName\n"
)


def test_aws_cost_and_usage_report():
    at = "h,1,Usage,2026-10-01T05:00:00Z"
    tax = "h,1,Tax,2026-10-01T00:00:00Z"
    found = read(
        CUR
        + f"a,{at},AmazonBedrock,USE1-Claude4.6Sonnet-input-tokens,1200.5,USD,3.6015,1K tokens,\n"
        + f"b,{at},AmazonBedrock,USE1-Claude4.6Sonnet-cache-read-input-token-count"
        + "-cross-region-global,10,USD,0.003,1K tokens,\n"
        + f"c,{at},xyz,USE1-MP:USE1_OutputTokenCount-Units,2,USD,30,Units,"
        + "Claude Sonnet 4.5 (Amazon Bedrock Edition)\n"
        + f"d,{tax},AmazonBedrock,,1,USD,0.7,,\n"
        + f"e,{at},AmazonEC2,BoxUsage,1,USD,99,Hrs,\n"
        + f"a,{at},AmazonBedrock,USE1-Claude4.6Sonnet-input-tokens,1200.5,USD,3.6015,1K tokens,\n"
    )

    assert sums(found) == {
        (D1, "Claude4.6Sonnet", "input"): ("3.6015", 1_200_500),
        (D1, "Claude4.6Sonnet", "cached_input"): ("0.003", 10_000),
        (D1, "Claude Sonnet 4.5 (Amazon Bedrock Edition)", "output"): ("3E+1", 2_000_000),
        (D1, "", "charge"): ("0.7", None),
    }
    assert (found.unrelated, found.duplicates, found.left_out) == (1, 1, 1)


def test_aws_report_in_its_second_version():
    found = read(
        "line_item_usage_start_date,line_item_product_code,line_item_usage_type,"
        "line_item_usage_amount,line_item_unblended_cost,line_item_currency_code,product\n"
        "2026-10-01 05:00:00,AmazonBedrock,EUC1-Nova2.0Lite-output-tokens-flex,3,0.5,USD,{}\n"
    )

    assert sums(found) == {(D1, "Nova2.0Lite", "output"): ("0.5", 3000)}


def test_aws_cost_explorer_has_usage_types_for_columns():
    found = read(
        '"Usage type","USE1-Claude4.6Sonnet-input-tokens ($)","USE1-BoxUsage:t3($)",'
        '"Total costs($)"\n'
        "Usage type total,3.5,9,12.5\n2026-10-01,1.5,4,5.5\n2026-10-02,2,5,7\n"
    )

    assert sums(found) == {
        (D1, "Claude4.6Sonnet", "input"): ("1.5", None),
        (D2, "Claude4.6Sonnet", "input"): ("2", None),
    }


def google(**more) -> str:
    row = {
        "service": {"description": "Gemini API"},
        "sku": {
            "description": "Generate content input token count gemini 2.5 flash short input text"
        },
        "usage_start_time": "2026-10-01 23:00:00 UTC",
        "cost": 9.2,
        "currency": "EUR",
        "currency_conversion_rate": 0.92,
        "usage": {"amount": 1000, "unit": "count"},
        "credits": [{"name": "discount", "amount": -0.92}],
        "cost_type": "regular",
    }
    return json.dumps({**row, **more})


def test_google_export_converts_by_its_own_rate_and_keeps_credits_apart():
    sku = {"description": "Gemini 2.5 Flash Text Output - Predictions"}
    storage = {"service": {"description": "Cloud Storage"}}
    found = read("\n".join([google(), google(sku=sku, credits=[]), google(**storage)]))

    assert sums(found) == {
        (D1, "gemini 2.5 flash", "input"): ("1E+1", 1000),
        (D1, "gemini 2.5 flash", "charge"): ("-1", None),
        (D1, "gemini 2.5 flash", "output"): ("1E+1", 1000),
    }
    assert found.currencies == {"EUR"}
    assert found.unrelated == 1


def test_google_export_as_csv():
    found = read(
        "service.description,sku.description,usage_start_time,cost,currency,usage.amount,"
        "usage.unit,credits,cost_type\n"
        "Vertex AI,Gemini 2.5 Pro Thinking Text Output - Predictions,2026-10-01T00:00:00Z,3,USD,"
        "5,count,[],regular\n"
    )

    assert sums(found) == {(D1, "gemini 2.5 pro", "output"): ("3", 5)}


def test_other_tables_by_a_mapping():
    found = read(
        "Date;SKU;Net;Prompt;Cached;Completion\n2026-10-01;m-1;1.25;100;40;7\n",
        day="Date",
        model="SKU",
        amount="Net",
        input_tokens="Prompt",
        cached_input_tokens="Cached",
        output_tokens="Completion",
    )

    assert sums(found) == {
        (D1, "m-1", "input"): (None, 60),
        (D1, "m-1", "cached_input"): (None, 40),
        (D1, "m-1", "output"): (None, 7),
        (D1, "m-1", "all_kinds"): ("1.25", None),
    }


GOOD = '2026-10-01,m,0.5,"a"\n'
HEAD = "usage_date_utc,model,cost_usd,x\n"


def test_what_is_wrong_is_named_and_the_rest_kept():
    found = read(
        HEAD
        + GOOD
        + GOOD
        + "yesterday,m,1,b\n2026-10-01,m,much,c\n2026-10-01,m\n2026-10-01,m,NaN,d\n"
        + "2026-10-02,m,2,e\n"
    )

    assert [str(each.usd.normalize()) for each in found.sums.values()] == ["0.5", "2"]
    assert (found.rows, found.left_out, found.duplicates) == (7, 5, 1)
    assert found.problems == [
        "Row 3: the same row came before.",
        "Row 4: 'yesterday' is no day such as 2026-01-31.",
        "Row 5: 'much' is no amount of money.",
        "Row 6: it has not one cell for each column.",
        "Row 7: 'NaN' is no amount of money.",
    ]


def test_another_currency_is_converted_left_out_or_refused():
    table = "Date,SKU,Net,Cur\n2026-10-01,m,9.2,EUR\n2026-10-01,m,1,USD\n"
    mapping = {"day": "Date", "model": "SKU", "amount": "Net", "currency": "Cur"}

    some = read(table, **mapping)
    assert (sums(some), some.left_out) == ({(D1, "m", "all_kinds"): ("1", None)}, 1)
    assert some.problems == ["Row 2: no rate of EUR"]
    converted = read(table, rate=lambda currency, day: Decimal("0.92"), **mapping)
    assert sums(converted) == {(D1, "m", "all_kinds"): ("11", None)}
    with pytest.raises(DomainError, match="no rate of EUR"):
        read(table.replace("2026-10-01,m,1,USD\n", ""), **mapping)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("\x00", "zero byte"),
        ("a,b\n1,2\n", r"columns \(a, b\): map them"),
        ("a,a\n1,2\n", "each once"),
        ("{" * 5000, "No format"),
        ("[" * 100_000, "nested too deeply|No format"),
        (HEAD + "x,y,z,1\n", "Nothing of the file can be read. Row 2: 'x' is no day"),
        (HEAD + "2015-01-01,m,1,a\n2026-01-01,m,1,a\n", "spans more than 400 days"),
    ],
)
def test_a_file_that_is_no_bill_is_refused_with_a_sentence(content, says):
    with pytest.raises(DomainError, match=says):
        read(content)


def test_a_format_that_lacks_columns_names_them():
    with pytest.raises(DomainError, match="no column amount_value, start_time"):
        read("a,b\n1,2\n", "openai_costs")
    with pytest.raises(DomainError, match="day: the file has no column 'Day'"):
        read("a,b\n1,2\n", day="Day", model="a")
    with pytest.raises(DomainError, match="'price' is none of"):
        read("a,b\n1,2\n", price="a")
