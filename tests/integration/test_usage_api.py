"""`/api/v1/usage` as programs see it: exact shapes, strict parameters, nobody else's rows."""

import csv
import io
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, override_settings
from rest_framework.test import APIClient

from controlplane.accounts.models import Role
from controlplane.accounts.services import issue_token
from tests.builders import NOON, customer, refusal, usage_record

pytestmark = pytest.mark.usefixtures("database")

RECORD_FIELDS = [
    "request_id", "at", "customer", "team", "virtual_key", "metadata", "endpoint",
    "model_requested", "provider", "model", "status", "error_code", "streamed", "cache", "tokens",
    "usage_source", "cost_usd", "saved_usd", "price_id", "attempts", "ttft_ms", "total_ms",
    "gateway_ms",
]  # fmt: skip


def secret(role=Role.AUDITOR, customer_id=None):
    bound = customer(customer_id) if customer_id else None
    return issue_token(name="test", role=role, customer=bound).secret


def client(**who):
    asking = APIClient(SERVER_NAME="localhost")
    asking.credentials(HTTP_AUTHORIZATION=f"Bearer {secret(**who)}")
    return asking


def get(path="", **parameters):
    return client().get(f"/api/v1/usage{path}", parameters)


def test_a_record_has_the_fields_of_the_contract():
    usage_record(
        request_id="req-1",
        at=NOON,
        cost_usd=Decimal("0.000123000001"),
        cached_input_tokens=7,
        token_details={"audio_input": 3},
        metadata={"code": "B-17"},
    )

    [record] = get().json()["results"]

    assert list(record) == RECORD_FIELDS
    assert record["at"] == "2026-11-20T12:00:00Z"
    assert (record["cost_usd"], record["saved_usd"]) == ("0.000123000001", "0.00")
    assert (record["customer"], record["team"], record["status"]) == ("acme", None, 200)
    assert record["metadata"] == {"code": "B-17"}
    assert record["tokens"] == {
        "input": 100, "cached_input": 7, "cache_write": 0, "output": 10, "reasoning": 0,
        "details": {"audio_input": 3},
    }  # fmt: skip
    assert record["attempts"][0]["provider"] == "openai"


def test_a_cost_that_is_not_known_is_null():
    usage_record(cost_usd=None)

    assert get().json()["results"][0]["cost_usd"] is None


def test_one_record_is_found_by_its_request_id():
    request_id = usage_record()

    assert get(f"/{request_id}").json()["request_id"] == request_id
    for unknown in ("req-nobody", "x" * 65, "a%00b"):
        answer = get(f"/{unknown}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_pages_follow_the_next_url_and_keep_the_filter():
    expected = [usage_record(metadata={"a b": "ü&+"}) for _ in range(5)]
    usage_record()
    asking = client()
    answer = asking.get("/api/v1/usage", {"metadata.a b": "ü&+", "limit": 2}).json()
    pages = [answer["results"]]

    while answer["next"]:
        answer = asking.get(answer["next"]).json()
        pages.append(answer["results"])

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [row["request_id"] for page in pages for row in page] == expected[::-1]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("", "colour=red", "colour"),
        ("", "from=yesterday", "from"),
        ("", "from=2026-11-22&to=2026-11-21", "from"),
        ("", "to=0000-00-00", "to"),
        ("", "tz=Mars", "tz"),
        ("", "status=ok", "status"),
        ("", "limit=1001", "limit"),
        ("", "limit=", "limit"),
        ("", "cursor=nonsense", "cursor"),
        ("", "customer=a%00b", "customer"),
        ("", "group_by=model", "group_by"),
        ("/req-1", "limit=1", "limit"),
        ("/summary", "group_by=colour", "group_by"),
        ("/summary", "cursor=x", "cursor"),
        ("/export", "format=pdf", "format"),
        ("/export", "format=", "format"),
        ("/export", "limit=5", "limit"),
    ],
)
def test_what_is_not_understood_is_a_400_that_names_the_parameter(path, query, field):
    answer = client().get(f"/api/v1/usage{path}?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_a_summary_has_groups_and_a_total():
    usage_record(model="a", metadata={"code": "x"}, cost_usd=Decimal("0.10"))
    usage_record(model="a", metadata={}, cost_usd=Decimal("0.2"))
    refusal(model="b", metadata={})
    query = {"group_by": "model,metadata.code", "from": "2026-11-20", "to": "2026-11-21"}

    body = get("/summary", **query).json()

    keys = [(row["model"], row["metadata.code"], row["cost_usd"]) for row in body["results"]]
    assert keys == [("a", None, "0.20"), ("a", "x", "0.10"), ("b", None, "0.00")]
    assert body["total"] == {
        "requests": 3, "answered": 2, "refused": 1, "failed": 0,
        "refused_by_budget": 1, "refused_by_rate_limit": 0, "refused_by_permission": 0,
        "rescued_by_retry": 0, "rescued_by_fallback": 0,
        "exact_cache_hits": 0, "semantic_cache_hits": 0,
        "tokens": {
            "input": 200, "cached_input": 0, "cache_write": 0, "output": 20, "reasoning": 0,
        },
        "cost_usd": "0.30", "saved_usd": "0.00", "unpriced_requests": 0,
    }  # fmt: skip
    assert (body["other"]["groups"], body["other"]["requests"]) == (0, 0)


def test_a_summary_sums_what_is_beyond_its_limit():
    for number in range(4):
        usage_record(model=f"m-{number}", cost_usd=number)

    body = get("/summary", group_by="model", limit="1").json()

    assert [row["model"] for row in body["results"]] == ["m-3"]
    assert (body["other"]["groups"], body["other"]["cost_usd"]) == (3, "3.00")


def test_a_bound_token_sees_only_its_customer_everywhere():
    own = usage_record(customer_id="acme", cost_usd=1)
    foreign = usage_record(customer_id="umbrella", cost_usd=2)
    asking = client(customer_id="acme")

    rows = asking.get("/api/v1/usage").json()["results"]
    sums = asking.get("/api/v1/usage/summary?group_by=customer").json()

    assert [row["request_id"] for row in rows] == [own]
    assert asking.get("/api/v1/usage?customer=umbrella").json()["results"] == []
    assert asking.get(f"/api/v1/usage/{foreign}").status_code == 404
    assert [row["customer"] for row in sums["results"]] == ["acme"]
    assert sums["total"]["cost_usd"] == "1.00"


@pytest.mark.parametrize("path", ["", "/req-1", "/summary", "/export"])
def test_usage_is_read_only_and_for_those_who_are_known(path):
    url = f"/api/v1/usage{path}"

    assert APIClient(SERVER_NAME="localhost").get(url).status_code == 401
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client(role=Role.ADMIN), method)(url)
        assert answer.status_code in (403, 405)
        assert "error" in answer.json()


@async_to_sync
@override_settings(ALLOWED_HOSTS=["testserver"])
async def exported(token, query=""):
    """The answer's headers and its lines, asked for as the ASGI server does."""
    headers = {"authorization": f"Bearer {token}"}
    answer = await AsyncClient().get(f"/api/v1/usage/export?{query}", headers=headers)
    content = b"".join([chunk async for chunk in answer.streaming_content])
    return answer.headers, list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_an_export_is_a_file_of_the_rows_that_the_filter_means():
    usage_record(status=502)
    wanted = usage_record(status=200, model="=1+1", cost_usd=Decimal("0.1"))

    headers, lines = exported(secret(), "format=csv&status=200")

    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"] == 'attachment; filename="usage.csv"'
    assert [line["request_id"] for line in lines] == [wanted]
    assert (lines[0]["model"], lines[0]["cost_usd"]) == ("'=1+1", "0.10")


def test_an_export_holds_no_row_of_another_customer():
    own = usage_record(customer_id="acme")
    usage_record(customer_id="umbrella")

    _, lines = exported(secret(customer_id="acme"))

    assert [line["request_id"] for line in lines] == [own]
