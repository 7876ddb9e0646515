"""What finance asks of single requests, in a browser."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.traffic import make_traffic

pytestmark = pytest.mark.usefixtures("database")


def test_see_a_requests_cost_explained(visit):
    make_traffic(days=3)
    anna = visit()
    page = anna.enter("finance")

    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("link", name="100 most expensive").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Cost")
    page.locator("table.requests tbody th a").first.click()

    expect(page.locator("h1")).to_contain_text("Request")
    amounts = page.locator("table.arithmetic td:last-child data")
    *lines, total = [Decimal(each.get_attribute("value")) for each in amounts.all()]
    assert sum(lines) == total > 0


def test_pages_of_requests_turn_without_leaving(visit):
    make_traffic(days=40)
    bert = visit()
    bert.enter("engineer")
    page = bert.open("/requests/?period=30d")
    first = page.locator("table.requests tbody th a").first.get_attribute("href")

    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**/requests/?*after=*")
    page.get_by_role("link", name="Newer").click()
    page.wait_for_url("**/requests/?*before=*")

    expect(page.locator("table.requests tbody th a").first).to_have_attribute("href", first)
