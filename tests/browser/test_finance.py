"""What finance does in a browser, from signing in on."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from controlplane.accounts.models import Customer
from tests.browser.traffic import HOSTILE, make_traffic
from tests.pages import make_member

YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def anna(visit):
    """Of finance, and signed in."""
    make_traffic()
    visitor = visit()
    visitor.enter("finance")
    return visitor


def test_sign_in_and_find_who_spent_most_and_why(visit):
    make_traffic()
    make_member("anna", role="finance")
    anna = visit()
    page = anna.sign_in("anna")
    expect(page.locator(".verdict-number")).to_contain_text("$")
    expect(page.locator(".chart-plot canvas")).to_be_visible()

    first = page.locator("#where").locator("xpath=../..").locator("tbody th a").first
    assert first.text_content() == "Acme Corp"
    first.click()
    expect(page.locator(".chip", has_text="Acme Corp")).to_be_visible()

    anna.open("/?customer=acme&period=30d").locator(".chart-plot").focus()
    for key in ("End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**from={YESTERDAY}*to={YESTERDAY}*")
    expect(page.locator(".verdict-number")).to_have_text("$32.10")
    expect(page.locator("main")).to_contain_text("higher price per token")


def test_export_last_month_for_one_customer(anna):
    page = anna.open("/?customer=acme&period=last-month")
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as told:
        page.get_by_role("link", name="CSV, as seen").click()

    lines = told.value.path().read_text().splitlines()
    assert "acme" in lines[1].lower()
    assert HOSTILE not in "".join(lines)


def test_a_filter_swaps_the_page_and_the_back_button_restores_it(anna):
    page = anna.page
    page.evaluate("window.isSamePage = true")

    page.locator(".period summary").click()
    page.get_by_role("link", name="Last 7 days").click()
    page.wait_for_url("**/?period=7d")
    assert page.evaluate("window.isSamePage") is True
    expect(page.locator(".chart-plot canvas")).to_have_count(1)

    page.go_back()
    page.wait_for_function("!location.search")
    expect(page.locator(".period summary")).to_have_text("This month")


def test_a_filter_is_typed_with_suggestions(anna):
    page = anna.page

    page.get_by_text("+ Filter").click()
    page.locator("input[name=value]").first.fill("ac")
    expect(page.locator("#filter-values option")).to_have_count(1)
    page.locator("input[name=value]").first.fill("acme")
    page.get_by_role("button", name="Add the filter").click()

    page.wait_for_url("**/?customer=acme")


def test_a_view_is_saved_and_opened_again(anna):
    page = anna.open("/explore/?by=customer&period=7d")

    page.get_by_text("Save view").click()
    page.get_by_label("Name").fill("Seven days")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("link", name="Seven days").click()

    page.wait_for_url("**/explore/?by=customer&period=7d")


def test_the_keyboard_reaches_search_and_reads_the_chart(anna):
    page = anna.page

    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator(".chart-plot").focus()
    page.keyboard.press("Home")
    expect(page.locator(".chart-readout")).to_contain_text("spent")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=*")


def test_a_bound_member_signs_in_and_sees_no_sign_of_others(visit):
    make_traffic(days=3)
    make_member("carla", role="finance", customer=Customer.objects.get(id="acme"))
    visitor = visit()
    visitor.sign_in("carla")
    expect(visitor.page.locator("main")).to_contain_text("$")

    for path in ("/", "/explore/?by=virtual_key", "/search/?q=vk", "/customers/", "/keys/"):
        page = visitor.open(path)
        assert HOSTILE not in page.locator("body").inner_text()
        assert "vk-2" not in page.content()
