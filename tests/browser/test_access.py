"""What is done with customers and keys in a browser, and what may go wrong meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from controlplane.accounts.models import Customer
from tests import builders
from tests.personas import caller

pytestmark = pytest.mark.usefixtures("database")


SECRET = re.compile(r"sk-pur-.{20,}")


@pytest.fixture
def bert(visit):
    """An administrator, who may use the clipboard; acme is there."""
    builders.customer("acme", name="Acme Corp")
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.enter()
    return visitor


def copied_secret(page):
    """Copies by the button, and returns what the clipboard holds."""
    field = page.locator("#secret")
    expect(field).to_have_value(SECRET)
    secret = field.input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    return secret


def test_a_secret_is_shown_once_and_copied_when_a_key_is_made_and_rotated(bert):
    page = bert.open("/keys/?act=new&customer=acme")
    page.get_by_label("Name").fill("Chat")
    page.get_by_role("button", name="Make the key").click()
    first = copied_secret(page)

    page.reload()
    expect(page.locator("h1")).to_have_text("Chat")
    assert first not in page.content()
    page.get_by_role("link", name="Rotate").click()
    page.get_by_role("button", name="Rotate").click()

    assert copied_secret(page) != first
    expect(page.locator("main")).to_contain_text("The secret before it works until")


def test_a_session_that_ends_while_typing_loses_nothing(bert):
    bert.refusals = (401,)
    page = bert.open("/customers/acme/?act=edit")
    page.get_by_label("Name").fill("Acme Corporation")
    bert.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="Save").click()
    expect(page.locator("#bar")).to_contain_text("Signed out.")
    expect(page.get_by_label("Name")).to_have_value("Acme Corporation")

    bert.renew_session()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Acme Corporation")


def test_of_two_who_edit_the_second_sees_both_and_decides(bert):
    bert.refusals = (412,)
    page = bert.open("/customers/acme/?act=edit")
    page.get_by_label("Name").fill("Mine")
    caller().patch("customers/acme", {"name": "Theirs"})

    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Somebody else changed this")
    expect(page.locator("main")).to_contain_text("Theirs")
    expect(page.get_by_label("Name")).to_have_value("Mine")

    page.get_by_role("button", name="Use mine").click()
    expect(page.locator("h1")).to_have_text("Mine")
    assert Customer.objects.get().name == "Mine"
