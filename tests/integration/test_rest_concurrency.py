"""Two who change the same object, and one who sends the same request twice."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from controlplane.accounts.models import Customer
from controlplane.idempotency.models import KeptAnswer
from controlplane.idempotency.services import forget_answers
from controlplane.keys.models import VirtualKey
from tests.personas import API, caller

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def budget(alice):
    alice.make("customers", id="acme")
    return alice.make(
        "budgets", id="b", owner_type="customer", owner="acme", limit_usd="5", window="month"
    )


def send(someone, method, path, body=None, **headers):
    return getattr(someone._client, method)(
        API + path, body, content_type="application/json", headers=headers
    )


def test_the_second_of_two_who_edit_a_budget_is_told(alice, budget):
    read = alice.get("budgets/b")
    tag = read.headers["ETag"]

    first = send(alice, "patch", "budgets/b", {"limit_usd": "6"}, **{"If-Match": tag})
    second = send(alice, "patch", "budgets/b", {"limit_usd": "7"}, **{"If-Match": tag})

    assert first.status_code == 200
    assert second.status_code == 412
    assert second.json()["error"]["code"] == "outdated"
    assert alice.get("budgets/b").json()["limit_usd"] == "6.00"
    retried = send(
        alice, "patch", "budgets/b", {"limit_usd": "7"}, **{"If-Match": first.headers["ETag"]}
    )
    assert retried.status_code == 200


def test_of_many_editors_at_once_one_wins(alice, budget):
    tag = alice.get("budgets/b").headers["ETag"]
    start = threading.Barrier(6)

    def edit(number):
        start.wait()
        someone = caller()
        answer = send(
            someone, "patch", "budgets/b", {"limit_usd": str(number + 10)}, **{"If-Match": tag}
        )
        connection.close()
        return answer.status_code

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(edit, range(6))) == [200, *[412] * 5]


def test_what_moves_by_itself_makes_no_new_version(alice, budget):
    before = alice.get("budgets/b").headers["ETag"]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO budgets_balance (budget_id, period, window_start, window_end,"
            " spent_usd, reserved_usd) VALUES ('b', 'month', date_trunc('month', now()),"
            " date_trunc('month', now()) + interval '1 month', 1, 0)"
        )

    read = alice.get("budgets/b")

    assert read.headers["ETag"] == before


def test_a_star_means_any_version_and_a_stale_delete_is_refused(alice, budget):
    stale = {"If-Match": '"no-such-version"'}

    assert send(alice, "delete", "budgets/b", **stale).status_code == 412
    assert send(alice, "delete", "budgets/b", **{"If-Match": "*"}).status_code == 204
    assert send(alice, "delete", "budgets/b", **{"If-Match": "*"}).status_code == 404


def test_a_request_sent_again_is_answered_again_and_done_once(alice):
    alice.make("customers", id="acme")
    again = {"Idempotency-Key": "create-1"}

    first = send(alice, "post", "virtual-keys", {"customer": "acme"}, **again)
    second = send(alice, "post", "virtual-keys", {"customer": "acme"}, **again)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["secret"].startswith("sk-pur-")
    assert second.headers["Idempotent-Replayed"] == "true"
    assert VirtualKey.objects.count() == 1


def test_a_kept_answer_is_sealed(alice):
    alice.make("customers", id="acme")

    answer = send(alice, "post", "virtual-keys", {"customer": "acme"}, **{"Idempotency-Key": "x"})

    [kept] = KeptAnswer.objects.all()
    assert answer.json()["secret"].encode() not in bytes(kept.sealed)


def test_the_same_key_for_another_request_is_a_conflict(alice):
    again = {"Idempotency-Key": "create-1"}
    send(alice, "post", "customers", {"id": "acme"}, **again)

    answer = send(alice, "post", "customers", {"id": "other"}, **again)

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_reused"


def test_the_key_of_another_caller_is_another_key(alice):
    again = {"Idempotency-Key": "create-1"}
    send(alice, "post", "customers", {"id": "acme"}, **again)

    answer = send(caller(), "post", "customers", {"id": "other"}, **again)

    assert answer.status_code == 201


def test_what_was_refused_may_be_tried_again(alice):
    again = {"Idempotency-Key": "create-1"}

    assert send(alice, "post", "teams", {"id": "t", "customer": "acme"}, **again).status_code == 400
    alice.make("customers", id="acme")
    assert send(alice, "post", "teams", {"id": "t", "customer": "acme"}, **again).status_code == 201


def test_of_the_same_request_at_once_one_is_carried_out(alice):
    start = threading.Barrier(5)

    def create(_):
        start.wait()
        answer = send(alice, "post", "customers", {"name": "Acme"}, **{"Idempotency-Key": "k"})
        connection.close()
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(5) as threads:
        answers = set(threads.map(create, range(5)))

    assert len(answers) == 1
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x07b"])
def test_a_key_that_is_none_is_refused_by_name(key, alice):
    answer = send(alice, "post", "customers", {"id": "acme"}, **{"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["error"]["fields"]


def test_kept_answers_are_forgotten_after_a_day(alice):
    send(alice, "post", "customers", {"id": "acme"}, **{"Idempotency-Key": "old"})
    assert forget_answers() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency_keptanswer SET created_at = now() - interval '25 hours'")

    assert forget_answers() == 1


@pytest.mark.parametrize("order", ["id", "-id", "name", "-name", "created_at", "-updated_at"])
def test_a_list_is_ordered_as_asked_over_all_its_pages(order, alice):
    for number in range(7):
        alice.make("customers", id=f"c{number}", name=f"{number % 2}")
    column = order.removeprefix("-")

    page = alice.get("customers", order=order, limit=3).json()
    rows = page["results"]
    while page["next"]:
        page = alice.follow(page["next"]).json()
        rows += page["results"]

    keys = [(row[column], row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=order.startswith("-"))
    assert len(keys) == 7


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W251bGwsIngiXQ", "WyIyMDI2IiwgMV0"])
def test_a_cursor_of_another_list_is_refused(cursor, alice):
    answer = alice.get("customers", order="created_at", cursor=cursor)

    assert answer.status_code == 400
    assert "cursor" in answer.json()["error"]["fields"]
