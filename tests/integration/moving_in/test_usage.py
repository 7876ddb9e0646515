"""Past usage is booked beside what is metered: reports reach back, budgets and books stay right."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from controlplane.audit.models import AuditEvent
from controlplane.budgets.models import Balance
from controlplane.keys.services import issue_key
from controlplane.moving_in.models import ImportedRecord, UsageImport
from controlplane.usage.models import UsageRecord
from controlplane.usage.services import verify_books
from dataplane.contract.virtual_keys import hash_secret
from tests import builders
from tests.integration.moving_in.moving import run

SECRET = "sk-old-0123456789abcdef"
HEAD = (
    "request_id,call_type,api_key,spend,startTime,endTime,model,custom_llm_provider,team_id,"
    "prompt_tokens,completion_tokens,status,metadata,legacy_code\n"
)


def spend_log(number, *, spend="0.25", at="2024-02-03 10:00:00", key="", code="B-17"):
    return (
        f"chatcmpl-{number},acompletion,{key},{spend},{at},{at},gpt-4o,openai,,100,20,success,"
        f'"{{""spend_logs_metadata"": {{""project"": ""P-1""}}}}",{code}\n'
    )


@pytest.fixture
def file(database, tmp_path):
    """Writes LiteLLM's spend logs; answers their path."""

    def file(*rows, name="LiteLLM_SpendLogs.csv", head=HEAD):
        path = tmp_path / name
        path.write_text(head + "".join(rows))
        return path

    return file


def imported(path, *maps, apply=True, **options):
    code, out, err = run("import_usage", path, map=list(maps), apply=apply, json=True, **options)
    assert code == 0, out + err
    return json.loads(out)


CODE = "metadata.team_internal_billing_code=legacy_code"


def test_spend_logs_become_records_of_their_virtual_keys(file):
    team = builders.team("research")
    issue_key(id="vk", customer=builders.customer(), team=team, secret=SECRET)
    path = file(spend_log(1, key=hash_secret(SECRET)), spend_log(2, key="f" * 64))

    answer = imported(path, CODE, "metadata.project=metadata.spend_logs_metadata.project")

    assert (answer["new_records"], answer["unknown_keys"]) == (2, 1)
    record = UsageRecord.objects.get(request_id="chatcmpl-1")
    assert (record.customer_id, record.team_id, record.virtual_key_id) == ("acme", "research", "vk")
    assert record.metadata == {"team_internal_billing_code": "B-17", "project": "P-1"}
    assert (record.provider, record.model) == ("openai", "openai/gpt-4o")
    assert (record.endpoint, record.usage_source) == ("chat/completions", "provider")
    assert (record.cost_usd, record.input_tokens, record.output_tokens) == (
        Decimal("0.25"),
        100,
        20,
    )
    assert (record.price_id, record.balances) == (None, [])


def test_reports_reach_back_by_legacy_codes(file, alice):
    imported(file(spend_log(1), spend_log(2, code="C-3"), spend_log(3)), CODE, customer="acme")

    report = alice.get(
        "usage/summary",
        **{
            "group_by": "metadata.team_internal_billing_code",
            "from": "2024-02-01T00:00:00Z",
            "to": "2024-03-01T00:00:00Z",
        },
    ).json()

    costs = {
        each["metadata.team_internal_billing_code"]: Decimal(each["cost_usd"])
        for each in report["results"]
    }
    assert costs == {"B-17": Decimal("0.5"), "C-3": Decimal("0.25")}


def test_the_second_time_nothing_changes(file):
    path = file(spend_log(1), spend_log(2))
    imported(path)

    again = imported(path)

    assert (again["new_records"], again["batch"]) == (0, None)
    assert UsageRecord.objects.count() == 2
    assert UsageImport.objects.count() == 1


def test_an_id_that_was_imported_is_not_imported_at_another_time(file):
    imported(file(spend_log(1)))

    assert imported(file(spend_log(1, at="2024-02-04 10:00:00")))["new_records"] == 0
    assert verify_books() == []


def test_rows_without_ids_are_known_by_what_they_say(file):
    rows = '{"when": 1706954400, "usd": 0.5, "n": {"a": 1}}\n' * 3
    path = file(rows, '{"when": "2024-02-03", "usd": 0.1}\n', name="old.jsonl", head="")
    maps = ("at=when", "cost_usd=usd")

    assert imported(path, *maps)["new_records"] == 4
    assert imported(path, *maps)["new_records"] == 0
    assert UsageRecord.objects.filter(usage_source="none").count() == 4
    assert sum(UsageRecord.objects.values_list("cost_usd", flat=True)) == Decimal("1.6")


def test_budgets_are_not_touched_and_the_books_agree(file):
    budget = builders.budget(window="lifetime")
    balance = builders.balance(budget)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:00:00}"

    imported(file(spend_log(1), spend_log(2, at=now)), customer="acme")

    assert Balance.objects.get(id=balance).spent_usd == 0
    assert verify_books() == []


def test_an_import_is_undone_and_what_was_metered_stays(file):
    at = datetime(2024, 2, 3, 10, 30, tzinfo=UTC)
    builders.usage_record(request_id="metered", at=at)
    before = _rollup()
    batch = imported(file(*(spend_log(n) for n in range(20))), customer="acme")["batch"]

    code, out, _ = run("import_usage", undo=batch)

    assert (code, out.strip()) == (
        0,
        f"20 records of import {batch} were taken out of the books.",
    )
    assert list(UsageRecord.objects.values_list("request_id", flat=True)) == ["metered"]
    assert not ImportedRecord.objects.exists()
    assert _rollup() == before
    assert verify_books() == []


def _rollup():
    with connection.cursor() as cursor:
        cursor.execute("SELECT hour, by_key, requests, cost_usd FROM usage_rollup ORDER BY 1, 2")
        return cursor.fetchall()


def test_days_of_long_ago_get_partitions_of_their_own(file):
    imported(file(spend_log(1, at="2023-05-06 10:00:00")))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM usage_usagerecord_20230506")
        assert cursor.fetchone() == (1,)


def test_without_apply_nothing_is_booked(file):
    code, out, _ = run("import_usage", file(spend_log(1)))

    assert code == 0
    assert out.endswith(
        "1 records, 0.25 USD, 2024-02-03 to 2024-02-03. Nothing was changed: --apply does it.\n"
    )
    assert not UsageRecord.objects.exists()


def test_bad_rows_are_named_and_nothing_is_booked(file):
    path = file(
        spend_log(1),
        spend_log(2, spend="-3"),
        spend_log(1),
        spend_log(3, at="soon"),
        "a,b\n",
        spend_log(4, code="x" * 1001),
    )

    code, _, err = run("import_usage", path, map=[CODE], apply=True)

    assert code == 2
    assert err.splitlines() == [
        "line 3, column 1: cost_usd (spend): Must be an amount of US dollars from 0 on.",
        "line 4, column 1: request_id: This id is here twice.",
        "line 5, column 1: at (startTime): Must be a date and time such as 2026-01-31T12:00:00Z.",
        "line 6, column 1: 2 cells, but 14 columns.",
        "line 7, column 1: metadata.team_internal_billing_code (legacy_code): Metadata has at most "
        "1,000 characters.",
        "Nothing was changed.",
    ]
    assert not UsageRecord.objects.exists()


def test_bad_rows_are_left_out_when_that_is_asked_for(file):
    answer = imported(file(spend_log(1), spend_log(2, spend="-3")), skip_bad=True)

    assert (answer["rows"], answer["bad_rows"], answer["new_records"]) == (2, 1, 1)
    assert answer["problems"][0].startswith("line 3")


def test_every_column_is_in_the_report(file, tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "metadata.code: legacy_code\nmetadata.p: metadata.spend_logs_metadata.project"
    )

    coverage = imported(file(spend_log(1)), mapping=str(mapping), apply=False)["coverage"]

    told = {each["path"]: fate for fate, some in coverage.items() for each in some}
    assert set(HEAD.strip().split(",")) <= set(told)
    assert told["legacy_code"] == "mapped"
    assert told["metadata"] == "approximated"
    assert told["endTime"] == "not_mapped"


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("a,b\n1,2\n", "x.csv", "Nothing says which column is 'at'"),
        (
            '{"at": 1e5, "cost_usd": 1, "team": "\\u0000"}',
            "x.jsonl",
            "line 1, column 1: at: Must be",
        ),
        ('{"at": "2024-01-01", "cost_usd": 1, "team": "\\u0000"}', "x.jsonl", "team: Holds a char"),
        ("a,a\n1,2\n", "x.csv", "The first line names the columns, each once"),
        (HEAD, "x.csv", "The file has no rows."),
        ("[1]\n{", "x.jsonl", "Nothing says which column is 'at'"),
        ("\0\udcff", "x.csv", "x.csv"),
        ("x" * 1_000_001, "x.jsonl", "This line is too long."),
    ],
)
def test_a_file_that_is_none_is_refused(database, tmp_path, text, name, said):
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    given = ["at=at", "cost_usd=cost_usd", "team=team"] if "cost_usd" in text else []
    code, _, err = run("import_usage", path, map=given, apply=True)

    assert code == 2
    assert said in err


def test_imports_are_listed_and_bound_callers_see_none(file, alice, mallory):
    builders.customer()
    assert imported(file(spend_log(1), spend_log(2, at="2024-02-05 11:00:00")))["new_records"] == 2

    (told,) = alice.get("usage-imports").json()["results"]

    assert (told["file_name"], told["records"]) == ("LiteLLM_SpendLogs.csv", 2)
    assert (told["first_at"][:10], told["last_at"][:10]) == ("2024-02-03", "2024-02-05")
    assert alice.get(f"usage-imports/{told['id']}").json() == told
    assert mallory.get("usage-imports").json()["results"] == []
    assert mallory.get(f"usage-imports/{told['id']}").status_code == 404
    events = AuditEvent.objects.filter(resource="usage-imports")
    assert [each.action for each in events.order_by("id")] == ["create", "update"]
