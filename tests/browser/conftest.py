"""A browser, a site, and members who sign in. Nothing may be said on the console, nor refused."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.server import Site
from tests.pages import PASSWORD

UNFOLD = "document.querySelectorAll('details:not(.menu)').forEach(each => each.open = true)"
AXE = Path(__file__).with_name("axe.min.js").read_text()


# Of this package: while it runs, an event loop is on, and other tests could start none.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, else playwright's own (`playwright install chromium`)."""
    with sync_playwright() as playwright:
        # Root, as in a container, has no sandbox.
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.stop()


def session_of(role: str, customer_id: str | None) -> str:
    """The session of a new member, who needs no password."""
    from django.test import Client

    from controlplane.accounts.models import Member

    name, bound = f"{role}-{customer_id}", {"role": role, "customer_id": customer_id}
    member = Member.objects.filter(username=name).first()
    member = member or Member.objects.create_user(name, **bound)
    client = Client()
    client.force_login(member)
    return client.cookies["sessionid"].value


class Visitor:
    """One person at the site, in a browser of their own."""

    def __init__(self, context: BrowserContext, site: Site, complaints: list[str]) -> None:
        self.context, self._site, self._complaints = context, site, complaints
        self.page: Page = context.new_page()
        self.refusals: tuple[int, ...] = ()
        """Statuses that are meant: the browser itself complains of each."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: complaints.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(self._site.url + path)
        return self.page

    def enter(self, role: str = "admin", customer_id: str | None = None) -> Page:
        """As a member who has signed in already, at the overview."""
        self.renew_session(role, customer_id)
        return self.open("/")

    def renew_session(self, role: str = "admin", customer_id: str | None = None) -> None:
        """As signing in in another tab does."""
        session = session_of(role, customer_id)
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self._site.url}])

    def sign_in(self, username: str) -> Page:
        """By the form."""
        self.open("/account/login/")
        self.page.locator("input[name=login]").fill(username)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(self._site.url + "/")
        return self.page

    def faults(self, *, width: int, theme: str, rules: Sequence[str] = ()) -> list[str]:
        """What axe finds (by some rules, or by all), with everything unfolded that folds."""
        self.page.set_viewport_size({"width": width, "height": 860})
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        self.page.evaluate(UNFOLD)
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE)
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        places = [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
        if self.page.evaluate("document.documentElement.scrollWidth") > width:
            places.append("It is wider than its window.")
        return [f"{self.page.url} at {width}, {theme}: {place}" for place in places]

    def _note(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # This site has no sockets; what would use one asks instead.
        is_meant = "WebSocket" in text or any(
            f"status of {each} " in text for each in self.refusals
        )
        if kind in ("error", "warning") and not is_meant:
            self._complaints.append(f"{self.page.url}: {text}")


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Visitors, of whose pages none may have complained when the test is over."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def visitor() -> Visitor:
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        contexts.append(context)
        return Visitor(context, site, complaints)

    yield visitor
    for context in contexts:
        context.close()
    assert complaints == []
