"""Every page of the dashboard, for what holds of all of them: by eye, by axe, by time, by queries.

In braces stands what a data set has: `paths(customer="acme", …)`.
"""

from collections.abc import Iterator

PAGES: dict[str, tuple[str, ...]] = {
    "overview": ("/", "/?customer={customer}&period=last-month&by=model"),
    "budgets": (
        "/budgets/?open=all",
        "/budgets/?edit={budget}&how=lower&amount=900",
        "/budgets/?state=used-up",
        "/budgets/?history={budget}",
    ),
    "explore": (
        "/explore/?then=customer",
        "/explore/?measure=cost_per_request&by=customer",
        "/explore/?measure=latency_p95&by=model&period=7d",
    ),
    "views": ("/views/",),
    "requests": (
        "/requests/?period=30d",
        "/requests/?period=30d&sort=cost",
        "/requests/?status=429",
    ),
    "request": ("/requests/{request}/",),
    "providers": ("/providers/",),
    "live": ("/live/?paused=1",),
    "cache": ("/cache/", "/cache/?virtual_key={key}&period=30d"),
    "models": ("/models/?period=30d",),
    "prices": ("/prices/", "/prices/?model={model}"),
    "statements": ("/statements/",),
    "close-month": ("/statements/close/?customer={customer}&month={month}",),
    "exchange-rates": ("/statements/rates/",),
    "statement": ("/statements/{customer}-{month}/",),
    "reconciliation": ("/reconciliation/",),
    "what-if": ("/what-if/",),
    "exports": ("/exports/",),
    "jobs": ("/jobs/",),
    "customers": ("/customers/", "/customers/?act=new"),
    "customer": (
        "/customers/{customer}/",
        "/customers/{customer}/?act=edit",
        "/customers/{customer}/?show=rules",
    ),
    "metadata-rule": ("/customers/{customer}/rules/",),
    "teams": ("/teams/", "/teams/?act=new"),
    "team": ("/teams/{team}/", "/teams/{team}/?act=edit"),
    "keys": ("/keys/", "/keys/?act=new", "/keys/?state=paused"),
    "key": (
        "/keys/{key}/?model={model}&input_tokens=2000",
        "/keys/{key}/?act=edit",
        "/keys/{key}/?act=rotate",
        "/keys/{key}/?act=revoke",
    ),
    "alerts": ("/alerts/", "/alerts/?state=all"),
    "alert": ("/alerts/{alert}/", "/alerts/{alert}/?act=close", "/alerts/{alert}/?act=limit"),
    "audit": ("/audit/",),
    "search": ("/search/?q=a",),
}
# More of the same to the eye, and other questions to the database: for time and queries alone.
LOADS = (
    "/",
    "/?by=virtual_key",
    "/?by=metadata.feature",
    "/?period=last-month",
    "/?customer={customer}",
    "/budgets/",
    "/budgets/?state=short",
    "/budgets/?state=none",
    "/budgets/?open={customer},{team}",
    "/budgets/effect/?edit={budget}&how=raise&amount=5&reason=soon",
    "/explore/",
    "/explore/?by=virtual_key",
    "/explore/?by=customer&then=model",
    "/explore/?by=metadata.user&period=7d",
    "/explore/?measure=requests&by=model&each=hour&period=7d&team={team}",
    "/requests/",
    "/requests/?customer={customer}",
    "/requests/?virtual_key={key}",
    "/requests/?metadata.user=user-1",
    "/requests/newer/?at={month}-02T12:00",
    "/live/",
    "/live/since/",
    "/statements/?customer={customer}",
    "/customers/?q=1",
    "/teams/?q=1",
    "/keys/?q=1",
    "/search/?q={key}",
    "/suggestions/?of=virtual_key&q=1",
)
# Routes that nobody looks at, and what they are.
NOT_PAGES = {
    "budget-effect": "a part of the page of budgets",
    "view": "a form's target",
    "invoice": "a bill, which no data set here has",
    "what-if-answer": "an answer, which no data set here has",
    "newer_requests": "a part of the page of requests",
    "provider_test": "a form's target",
    "live_since": "a part of the page of what happens now",
    "suggestions": "a list of options",
    "export": "a file",
    "exports-ready": "a part of every page",
    "preferences": "a form's target",
}


def paths(**known: str) -> Iterator[str]:
    """The paths of all pages. Raises `KeyError` where the data set has no such object."""
    for each in PAGES.values():
        yield from (path.format_map(known) for path in each)
