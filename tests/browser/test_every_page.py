"""Every page, in both themes and at both widths: for all eyes and hands, and within its width."""

import pytest

from tests.browser.traffic import make_traffic

PAGES = (
    "/",
    "/explore/?then=customer",
    "/explore/?measure=cost_per_request&by=customer",
    "/requests/?period=30d",
    "/providers/",
    "/models/?period=30d",
    "/prices/?model=openai/gpt-4o",
    "/search/?q=a",
    "/views/",
)
OF_COLOUR = ("color-contrast",)


def faults_of(visitor, path):
    """A theme changes colours alone, and so is looked at for them alone."""
    visitor.open(path)
    return [
        *visitor.faults(width=1280, theme="light"),
        *visitor.faults(width=1280, theme="dark", rules=OF_COLOUR),
        *visitor.faults(width=390, theme="dark"),
        *visitor.faults(width=390, theme="light", rules=OF_COLOUR),
    ]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everybody(visit, path):
    make_traffic(days=16)
    visitor = visit()
    visitor.enter()

    assert faults_of(visitor, path) == []


def test_an_empty_installation_is_for_everybody(visit):
    visitor = visit()
    visitor.enter()

    faults = [fault for path in ("/", "/explore/?model=none") for fault in faults_of(visitor, path)]
    assert faults == []
