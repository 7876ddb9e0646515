"""The page of budgets says what the API says, and changes limits as the API does."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from controlplane.dashboard.amounts import read_amount
from controlplane.dashboard.numbers import marked
from tests import builders
from tests.integration.dashboard.reading import few_queries, numbers_in, part, row_of, text_of
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")

OPEN = "/budgets/?open=all"
EDIT = "/budgets/?open=all&edit=bot-month"
REASON = "Launch week, agreed in FIN-212"


@pytest.fixture
def tree(database):
    """Acme with a team of two keys, one of which is used up; and a rival."""
    now = datetime.now(UTC)
    builders.team("support", name="Support")
    for key in ("bot", "bot-eu"):
        builders.virtual_key(key, team_id="support", name=f"vk_{key}")
    builders.customer("rival", name="Rival Ltd")
    of_key = {"owner_type": "virtual_key", "customer_id": None}
    amounts = {
        "acme-month": (1000, 850, {}),
        "support-month": (
            *(900, "850.000000000001"),
            {"owner_type": "team", "customer_id": None, "team_id": "support"},
        ),
        "bot-month": (500, "499.9", {**of_key, "virtual_key_id": "bot"}),
        "eu-month": (300, 100, {**of_key, "virtual_key_id": "bot-eu"}),
        "rival-month": (50, "53.26", {"customer_id": "rival", "enforcement": "soft"}),
    }
    for id, (limit, spent, owner) in amounts.items():
        budget = builders.budget(id, limit_usd=Decimal(limit), **owner)
        builders.balance(budget, at=now, spent_usd=Decimal(spent), reserved_usd=Decimal("0.05"))


def fields(client, **typed):
    """The form as it was opened, with what is typed."""
    version = part(text_of(client.get(EDIT)), 'name="version" value="', '"')
    return {"version": version, "how": "raise", "amount": "150", "reason": REASON, **typed}


def limit_of(budget="bot-month"):
    return caller().get(f"budgets/{budget}").json()["balance"]["limit_usd"]


@pytest.mark.usefixtures("tree")
def test_the_rows_seen_are_a_file(sign_in):
    client = sign_in()
    lines = list(csv.DictReader(client.get(f"{OPEN}&export=csv").content.decode().splitlines()))

    shown = caller().get("budgets/support-month").json()["balance"]
    (support,) = [line for line in lines if line["budget"] == "support-month"]
    assert (support["spent_usd"], support["remaining_usd"]) == (
        shown["spent_usd"],
        shown["remaining_usd"],
    )
    assert [line["owner"] for line in lines] == ["acme", "support", "bot", "bot-eu", "rival"]
    used_up = client.get("/budgets/?state=used-up&customer=acme&export=csv").content.decode()
    assert used_up.splitlines()[1].endswith("Customer: acme")


@pytest.mark.usefixtures("tree")
def test_every_amount_is_that_of_the_api(sign_in):
    page = text_of(sign_in().get(OPEN))

    for owner, id in [
        ("acme", "acme-month"),
        ("Support", "support-month"),
        ("vk_bot", "bot-month"),
    ]:
        balance = caller().get(f"budgets/{id}").json()["balance"]
        amounts = [balance[f"{name}_usd"] for name in ("limit", "spent", "reserved", "remaining")]
        assert row_of(page, f"{owner}<")[:4] == amounts, id


@pytest.mark.usefixtures("tree")
def test_the_first_sentence_says_who_has_run_out(sign_in):
    page = text_of(sign_in().get("/budgets/"))

    sentence = " ".join(part(page, 'class="sentence">', "</p>").split())
    assert sentence.startswith("<b>vk_bot</b> has used up its budget. <b>Rival Ltd</b> is over")
    assert sentence.endswith("The other 3 last.")


@pytest.mark.usefixtures("tree")
def test_tabs_list_budgets_in_that_state_with_their_path(sign_in):
    client = sign_in()

    page = text_of(client.get("/budgets/?state=used-up"))
    assert "acme › Support" in page
    assert 'id="budget-eu-month"' not in page
    assert "Every one has a budget" in text_of(client.get("/budgets/?state=none"))
    assert client.get("/budgets/?state=x").status_code == 400


@pytest.mark.usefixtures("tree")
def test_rows_unfold_by_the_address(sign_in):
    client = sign_in()

    assert "vk_bot-eu" not in part(text_of(client.get("/budgets/")), "<tbody>", "</tbody>")
    assert "vk_bot-eu" in text_of(client.get("/budgets/?open=acme,support"))


def test_a_forecast_past_the_limit_has_the_day_it_runs_out(sign_in):
    now = datetime.now(UTC)
    ends = (now.replace(day=1) + timedelta(days=32)).replace(day=1).date()
    days = [now - timedelta(days=back, hours=1) for back in range(1, 40)]
    builders.usage_records(
        [{"at": at, "cost_usd": Decimal(10), "virtual_key_id": "vk-1"} for at in days]
    )
    left = Decimal((ends - now.date()).days * 5)
    budget = builders.budget("acme-month", limit_usd=Decimal(300) + left)
    builders.balance(budget, at=now, spent_usd=Decimal(300))

    page = text_of(sign_in().get("/budgets/?state=short"))

    assert "will run out about" in page
    assert "badge warn" in part(page, 'id="budget-acme-month"', "</tr>")


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("path", ["/budgets/", OPEN, EDIT, "/budgets/?history=bot-month"])
def test_few_queries_make_a_page(sign_in, path):
    client = sign_in()
    client.get(path)

    with few_queries():
        assert client.get(path).status_code == 200


@pytest.mark.usefixtures("tree")
def test_a_limit_is_raised_for_this_month_and_taken_back(sign_in):
    client = sign_in("finance")

    saved = client.post(EDIT, fields(client), follow=True)
    assert limit_of() == "650.00"
    assert "may spend" in saved.content.decode()
    held = caller().get("limit-changes?budget=bot-month").json()["results"][0]
    assert (held["reason"], held["created_by"]) == (REASON, "member finance-all")

    client.post(OPEN, {"act": "undo", "change": held["id"]})
    assert limit_of() == "500.00"


@pytest.mark.usefixtures("tree")
def test_a_sibling_lends_and_both_sides_are_shown_before(sign_in):
    client = sign_in("finance")
    lent = fields(client, how="lend:eu-month")

    effect = text_of(client.get("/budgets/effect/", {"edit": "bot-month", **lent}))
    assert numbers_in(part(effect, "vk_bot-eu:", "</li>"))[:2] == [
        ("300.00", "$300.00"),
        ("150.00", "$150.00"),
    ]
    assert "Requests pass again" in effect
    assert "Lend $150.00" in effect
    client.post(EDIT, lent)
    assert (limit_of(), limit_of("eu-month")) == ("650.00", "150.00")


@pytest.mark.usefixtures("tree")
def test_a_new_limit_keeps_its_reason_and_can_be_undone(sign_in):
    client = sign_in("finance")

    saved = text_of(client.post(EDIT, fields(client, how="limit", amount="1,500.00"), follow=True))
    assert limit_of() == "1500.00"
    history = part(text_of(client.get("/budgets/?history=bot-month")), 'id="history"', "</tr>")
    assert REASON in history
    assert [value for value, _ in numbers_in(history)[1:3]] == ["500.00", "1500.00"]

    version = part(saved, 'name="version" value="', '"')
    undo = {"act": "undo", "budget": "bot-month", "change": "limit:500.00", "version": version}
    client.post("/budgets/", undo)
    assert limit_of() == "500.00"


@pytest.mark.usefixtures("tree")
def test_who_saves_second_is_told_what_came_first(sign_in):
    client = sign_in("finance")
    typed = fields(client)
    caller().make("limit-changes", budget="bot-month", amount_usd="20", reason="Came first")

    answer = client.post(EDIT, typed)
    page = answer.content.decode()

    assert answer.status_code == 412
    assert "Came first" in page
    assert REASON in page
    assert "Use mine: Raise by $150.00" in page
    assert limit_of() == "520.00"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"amount": "1,5"}, "Type an amount"),
        ({"amount": "0"}, "Must be more than 0"),
        ({"reason": " "}, "Say why"),
        ({"until": "2020-01-01"}, "Must be today or a later day"),
        ({"how": "lend:eu-month", "amount": "900"}, "cannot lend more"),
        ({"how": "lend:rival-month"}, "no such budget"),
        ({"how": "lower", "amount": "501"}, "cannot be lowered by more"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(sign_in, typed, wrong):
    client = sign_in("finance")
    sent = fields(client, **typed)

    answer = client.post(EDIT, sent)

    assert answer.status_code in (200, 422)
    if typed != {"how": "lend:rival-month"}:
        assert wrong in answer.content.decode()
        assert f'value="{sent["amount"]}"' in answer.content.decode()
    assert limit_of() == "500.00"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("role", ["engineer", "auditor"])
def test_who_may_not_change_a_budget_reads_one_line_instead(sign_in, role):
    client = sign_in(role)

    page = text_of(client.get(OPEN))
    assert "Budgets are changed by finance and administrators." in page
    assert ">Change<" not in page
    assert client.post(EDIT, {"how": "raise", "amount": "1"}).status_code == 400
    assert limit_of() == "500.00"


@pytest.mark.usefixtures("tree")
def test_a_bound_member_sees_and_changes_their_own_alone(sign_in):
    client = sign_in("finance", "acme")

    page = text_of(client.get(OPEN))
    assert "ival" not in page
    for path in ("edit=rival-month", "history=rival-month"):
        assert client.get(f"/budgets/?{path}").status_code == 404
    assert client.post("/budgets/?edit=rival-month", {"amount": "1"}).status_code == 404
    assert "vk_bot" in page


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1500", 1500), ("1,500.00", 1500), ("$1,500", 1500), (" 7.25 ", "7.25"), ("1,5", None)]
    + [(text, None) for text in ("", "-1", "1e3", "NaN", "1.500,00", "١٢", "9" * 40)],
)
def test_amounts_are_read_as_people_type_them(typed, amount):
    assert read_amount(typed) == (None if amount is None else Decimal(amount))


def test_amounts_are_read_with_the_marks_the_viewer_chose():
    with marked("dot"):
        assert read_amount("1.500,25") == Decimal("1500.25")
    with marked("space"):
        assert read_amount("1\u202f500,25") == Decimal("1500.25")


def test_the_tree_is_shown_as_it_was(sign_in):
    from controlplane.accounts.models import Customer
    from controlplane.budgets.models import Budget
    from controlplane.budgets.services import update_budget

    then = datetime(2026, 10, 5, 10, 30, tzinfo=UTC)
    costs = {then - timedelta(minutes=5): 7, then + timedelta(minutes=5): 3}
    costs |= {datetime(2026, 10, day, 9, tzinfo=UTC): day for day in range(7, 20)}
    builders.usage_records([{"at": at, "cost_usd": Decimal(cost)} for at, cost in costs.items()])
    late = builders.budget("late", window="lifetime", name="late")
    month = builders.budget("month", limit_usd=Decimal(100))
    Customer.objects.update(created_at=then - timedelta(days=90))
    Budget.objects.filter(id="month").update(created_at=then - timedelta(days=60))
    Budget.objects.filter(id="late").update(created_at=then)
    update_budget(month, limit_usd=Decimal(250))
    update_budget(late, limit_usd=Decimal(9))
    of_then = caller().get("usage/summary?customer=acme&from=2026-10-01&to=2026-10-12").json()

    client = sign_in()
    page = text_of(client.get("/budgets/?open=all&at=2026-10-12"))

    rows = [numbers_in(row) for row in page.split("<tr ")[1:]]
    (of_month,) = [row for row in rows if row[0] == ("100.00", "$100.00") and row[1][0] == "67.00"]
    assert of_month[1][0] == of_then["total"]["cost_usd"] == "67.00"
    assert [row[1][0] for row in rows if row != of_month] == ["60.00"]  # from half past ten on
    assert "Change</a>" not in page
    assert "no customer then" in text_of(client.get("/budgets/?at=2026-01-01"))
    assert client.get("/budgets/?at=soon").status_code == 400
    with few_queries():
        client.get("/budgets/?open=all&at=2026-10-12")


@pytest.mark.usefixtures("tree")
def test_a_budget_is_set_where_there_is_none(sign_in):
    builders.customer("new", name="New & Co")
    client, path = sign_in("finance"), "/budgets/?new=customer:new&state=none"
    typed = {"act": "create", "limit": "1,500.00", "window": "month", "enforcement": "hard"}

    assert "A budget for New &amp; Co" in text_of(client.get(path))
    assert client.post(path, typed).status_code == 422
    assert client.post(path, {**typed, "reason": "x", "limit": "much"}).status_code == 422
    saved = client.post(path, {**typed, "reason": REASON})

    assert saved.status_code == 302
    (budget,) = caller().get("budgets?owner=new").json()["results"]
    assert (budget["limit_usd"], budget["window"]) == ("1500.00", "month")
    assert "$1,500.00" in text_of(client.get(saved["Location"].partition("#")[0]))
    bound = sign_in("finance", "rival")
    assert bound.post(path, {**typed, "reason": "x"}).status_code == 404
    assert sign_in("engineer").post(path, {**typed, "reason": "x"}).status_code == 400
