"""Every page, in both themes and at both widths: for all eyes and hands, and within its width."""

import pytest

from tests.browser.showcase import make_showcase
from tests.browser.traffic import HOSTILE
from tests.dashboard_pages import PAGES

# What depends on the theme or on the width.
LOOKS = ("color-contrast", "scrollable-region-focusable")
ACCOUNT = ("/account/", "/account/password/change/")
TEMPLATES = [*(path for paths in PAGES.values() for path in paths), *ACCOUNT]


@pytest.fixture(scope="module")
def showcase(database_url):
    """Written once, and only looked at."""
    return make_showcase(database_url)


def faults_of(visitor, path):
    """Each theme at one width, each width in one theme."""
    visitor.open(path)
    return [
        *visitor.faults(width=1280, theme="light"),
        *visitor.faults(width=390, theme="dark", rules=LOOKS),
    ]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_page_is_for_everybody(visit, showcase, template):
    visitor = visit()
    visitor.renew_session()

    assert faults_of(visitor, template.format_map(showcase)) == []
    assert visitor.page.locator("h1").count() == 1
    assert HOSTILE not in visitor.page.content()


def test_signing_in_is_for_everybody(visit, database):
    assert faults_of(visit(), "/account/login/") == []


def test_an_empty_installation_is_for_everybody(visit, database):
    visitor = visit()
    visitor.enter()

    faults = [fault for path in ("/", "/explore/?model=none") for fault in faults_of(visitor, path)]
    assert faults == []
