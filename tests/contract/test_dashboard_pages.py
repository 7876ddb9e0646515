"""What holds of every page is tested of every page."""

from tests.dashboard_pages import NOT_PAGES, PAGES


def test_every_route_of_the_dashboard_is_a_page_that_is_looked_at_or_says_why_not():
    from controlplane.dashboard.urls import urlpatterns

    names = {route.name for route in urlpatterns}

    assert set(PAGES) | set(NOT_PAGES) == names
    assert not set(PAGES) & set(NOT_PAGES)
