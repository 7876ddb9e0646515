"""What finance does with budgets and statements in a browser."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests import builders
from tests.browser.traffic import make_traffic

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime.now(UTC)
LAST_MONTH = NOW.replace(day=1) - timedelta(days=1)


@pytest.fixture
def anna(visit):
    """Of finance; a team of acme has nearly used up its month."""
    make_traffic()
    builders.team("support", name="Support")
    owner = {"owner_type": "team", "customer_id": None, "team_id": "support"}
    budget = builders.budget("support-month", limit_usd=Decimal(500), **owner)
    builders.balance(budget, at=NOW, spent_usd=Decimal("499.90"), reserved_usd=Decimal("0.05"))
    visitor = visit()
    visitor.enter("finance")
    return visitor


def test_raise_a_teams_budget_for_this_month_only(anna):
    from controlplane.budgets.models import LimitChange

    page = anna.open("/budgets/")
    page.get_by_label("Acme Corp", exact=True).click()
    row = page.locator("#budget-support-month")
    expect(row).to_contain_text("Used up")

    row.get_by_text("Change").click()
    page.get_by_label("Amount in USD").fill("150")
    expect(page.locator("#effect")).to_contain_text("Requests pass again within a second.")
    page.get_by_label("Reason").fill("Launch week")
    page.get_by_role("button", name="Raise by $150.00").click()

    expect(row).to_contain_text("+$150.00 until")
    expect(row).to_contain_text("$150.05")
    change = LimitChange.objects.get()
    assert (change.amount_usd, change.reason) == (Decimal(150), "Launch week")
    assert change.ends_at is not None
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Used up")


def test_close_a_month_and_see_its_statement(anna):
    month = f"{LAST_MONTH:%Y-%m}"
    page = anna.open("/statements/")

    page.locator("tr", has_text="Acme Corp").get_by_text("close it").first.click()
    page.get_by_label("to close it").fill(page.locator("label b").inner_text())
    page.get_by_role("button", name="Close").click()

    page.wait_for_url(f"**/statements/acme-{month}/")
    expect(page.locator(".sentence")).to_contain_text("It agrees with the ledger.")
