"""Every route, asked as another customer's member and as a sibling team's: nothing is seen.

What one may not see answers exactly as what is not there. A route that this test cannot fill, and
a table that holds tenants' rows and has no canary in it, are failures: say here what they need.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from controlplane.accounts import members
from controlplane.accounts.models import Customer, Team
from controlplane.accounts.permissions import principal_of_token, visible
from controlplane.accounts.services import issue_token
from tests import builders
from tests.answers import text_of
from tests.routes import Route, all_routes

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")

LEAK = re.compile(r"canary|31[,. ]?337", re.IGNORECASE)
# What a page says differently each time it is asked.
VOLATILE = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|\d\d:\d\d:\d\d(\.\d+)?|canary|absent|'
    r'"request_id": "[^"]+"'
)
SHARED = {"providers", "models", "prices", "catalog.provider", "catalog.model", "catalog.price"}
SHARED |= {"catalog.listing", "budgets.process", "exchange-rates"}
# By the API's resources: the tables whose rows their ids are of.
TABLES = {
    "customers": "accounts.customer",
    "teams": "accounts.team",
    "members": "accounts.member",
    "tokens": "accounts.apitoken",
    "virtual-keys": "keys.virtualkey",
    "keys": "keys.virtualkey",
    "budgets": "budgets.budget",
    "limit-changes": "budgets.limitchange",
    "raise-requests": "budgets.raiserequest",
    "metadata-rules": "metadata_rules.metadatarule",
    "usage": "usage.bookedrequest",
    "alerts": "alerts.alert",
    "alert-actions": "actions.alertaction",
    "audit-log": "audit.auditevent",
    "statements": "statements.statement",
    "invoices": "reconciliation.invoice",
    "reconciliation": "reconciliation.invoice",
    "what-if": "what_if.whatif",
    "erasures": "privacy.erasure",
    "cache-entries": "caching.cacheentry",
    "usage-imports": "moving_in.usageimport",
    "alert-rules": "notices.rule",
    "notice-channels": "notices.channel",
    "notices": "notices.notice.id",
    "requests": "usage.bookedrequest",
    "views": "dashboard.savedview",
    "exports": "dashboard.exportfile",
}
# Bodies that name what belongs to somebody else; `{customer}` and the like are its ids.
BODIES: dict[str, Any] = {
    "customers": {"id": "{customer}"},
    "teams": {"customer": "{customer}"},
    "members": {"id": "new", "role": "auditor", "customer": "{customer}", "team": "{team}"},
    "tokens": {"name": "new", "role": "auditor", "customer": "{customer}", "team": "{team}"},
    "virtual-keys": {"customer": "{customer}", "team": "{team}"},
    "virtual-keys/batch": {"virtual_keys": [{"customer": "{customer}", "team": "{team}"}]},
    "budgets": {"owner_type": "team", "owner": "{team}", "limit_usd": "1"},
    "limit-changes": {"budget": "canary-budget", "amount_usd": "1", "reason": "r"},
    "raise-requests": {"budget": "canary-budget", "reason": "r"},
    "metadata-rules": {"customer": "{customer}", "key": "k"},
    "providers": {"kind": "openai"},
    "models": {"id": "x/y"},
    "prices": {"model": "x/y"},
    "apply": {"teams": [{"id": "new", "customer": "{customer}"}]},
    "check": {"virtual_key": "canary-key", "model": "m", "max_output_tokens": 1},
    "audit-log": {},
    "statements": {"customer": "{customer}", "month": "2026-10"},
    "exchange-rates": {"currency": "EUR"},
    "invoices": {},
    "what-if": {"budgets": [{"budget": "canary-budget", "limit_usd": "1"}]},
    "cache-entries/purge": {"customer": "{customer}"},
    "cache-verdicts": {"stored": "a", "asked": "b", "virtual_key": "canary-key"},
    "alert-rules": {"customer": "{customer}", "channel": "canary-channel"},
    "notice-channels": {"customer": "{customer}", "kind": "webhook", "url": "https://127.0.0.1/"},
}
API_QUERIES = ("?customer={customer}", "?team={team}", "?virtual_key=canary-key")
GROUPED = ("?group_by=customer,team,virtual_key,metadata.canary-code",)
ADMIN_QUERIES = ("?q=canary-key",)
ASKED_OF = {
    "/admin/autocomplete/": (
        "?app_label=keys&model_name=virtualkey&field_name=customer&term=canary",
    ),
    "/admin/search/": ("?s=canary",),
    "/api/v1/usage/summary": (*GROUPED, *API_QUERIES),
    "/api/v1/audit-log": ("?resource=virtual-keys&object_id=canary-key",),
    "/api/v1/apply": (),
}
PAGE_QUERIES = (*API_QUERIES, *GROUPED, "?q=canary-key&value=canary", "?by=virtual_key")


def queries_of(route: Route) -> tuple[str, ...]:
    """What a route is asked beside nothing at all. Who one is oneself depends on no query."""
    if route.path in ASKED_OF:
        return ASKED_OF[route.path]
    if route.is_api:
        return API_QUERIES if route.section in TABLES else ()
    if route.path.startswith("/admin/"):
        return ADMIN_QUERIES if route.path.count("/") == 4 else ()
    return () if route.path.startswith("/account/") else PAGE_QUERIES


@dataclass
class Stage:
    """What was planted, and who looks for it."""

    planted: dict[str, Any]
    names: dict[str, str]
    bound: dict[str, Any]

    def api(self, role: str = "admin") -> Client:
        secret = issue_token(name=role, role=role, **self.bound).secret
        return Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {secret}"})

    def page(self) -> Client:
        member = members.create_member(username="eve", role="admin", is_staff=True, **self.bound)
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        client.force_login(member)
        return client

    def filled(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def value(self, route: Route) -> Any:
        """Of the parameter of a route: the primary key that was planted, as paths have it."""
        key = self.planted[TABLES.get(route.section, route.section)]
        is_member = route.is_api and route.section == "members"
        return "canary-member" if is_member else key


@pytest.fixture(params=["another customer", "a sibling team"])
def stage(request):
    from tests.canaries import TEXT, plant

    is_customer = request.param == "another customer"
    name = "canary-customer" if is_customer else "acme"
    customer = Customer.objects.create(id=name, name=TEXT if is_customer else "")
    team = Team.objects.create(id="canary-team", customer=customer, name=TEXT)
    rival = builders.customer("rival") if is_customer else customer
    bound = {"customer": rival, "team": None if is_customer else builders.team("ops")}
    names = {"customer": customer.id, "team": team.id}
    return Stage(plant(customer, team), names, bound)


def ask(client: Client, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
    """Status, where it leads, and what it says."""
    kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
    sent = {"data": body if body is not None else "{}", **kind} if kind else {}
    client.cookies.pop("messages", None)  # what the answer before had to say
    answer = getattr(client, method)(path, **(sent if method != "get" else {}))
    assert answer.status_code < 500, (method, path, answer.status_code)
    return answer.status_code, answer.headers.get("Location", ""), text_of(answer)


def require_nothing_seen(client: Client, method: str, path: str, body: str | None = None) -> None:
    """The canary's answer is the one of what is absent, but for what was asked for."""
    asked = ask(client, method, path, body)
    absent = [each and each.replace("canary", "absent") for each in (path, body)]
    missing = ask(client, method, absent[0] or "", absent[1])
    assert _plain(asked) == _plain(missing), (method, path, asked[2][:500], missing[2][:500])
    said = asked[2]
    for word in sorted(set(re.findall(r"[\w./-]*canary[\w./-]*", path + (body or ""))), key=len):
        said = said.replace(word, "")
    assert not LEAK.search(_without_what_was_asked(said, path)), (method, path)


def _plain(answer: tuple[int, str, str]) -> tuple[int, str, str]:
    status, where, said = answer
    return status, VOLATILE.sub("", where), VOLATILE.sub("", said)


def _without_what_was_asked(said: str, path: str) -> str:
    return said.replace("canary", "") if "canary" in path else said


def require_no_leak(client: Client, method: str, path: str) -> None:
    assert not LEAK.search(ask(client, method, path)[2]), (method, path)


def routes_of(kind: Callable[[Route], bool]) -> list[Route]:
    return [route for route in all_routes() if kind(route)]


def test_the_api_says_nothing_without_an_id(stage):
    for role in ("admin", "engineer", "auditor"):
        client = stage.api(role)
        for route in routes_of(lambda route: route.is_api and not route.parameters):
            require_no_leak(client, "get", route.path)
            for query in queries_of(route) if role == "admin" else ():
                require_nothing_seen(client, "get", route.path + stage.filled(query))


def test_the_api_says_of_each_foreign_id_what_it_says_of_none(stage):
    client = stage.api()
    for route in routes_of(lambda route: route.is_api and bool(route.parameters)):
        if route.section in SHARED:
            continue
        path = route.filled(dict.fromkeys(route.parameters, stage.value(route)))
        for method in ("get", "put", "patch", "delete", "post"):
            if "canary" in path:
                require_nothing_seen(client, method, path)
            elif not path.startswith(f"/api/v1/customers/{stage.bound['customer'].id}"):
                missing = route.filled(dict.fromkeys(route.parameters, 99_999))
                assert ask(client, method, path) == ask(client, method, missing), (method, path)


def test_no_body_that_names_foreign_ids_learns_of_them(stage):
    client = stage.api()
    for route in routes_of(lambda route: route.is_api and not route.parameters and route.posts()):
        name = route.path.removeprefix("/api/v1/")
        body = stage.filled(json.dumps(BODIES[name]))
        require_nothing_seen(client, "post", route.path, body)


@pytest.fixture
def pages() -> list[Route]:
    return routes_of(lambda route: not route.is_api)


def test_pages_say_nothing_without_an_id(stage, pages):
    client = stage.page()
    for route in pages:
        if route.parameters:
            continue
        require_no_leak(client, "get", route.path)
        for query in queries_of(route):
            require_nothing_seen(client, "get", route.path + stage.filled(query))


LOOKED_AT = ("/history/", "}/")
OTHER_PARAMETERS = {
    "/account/invitation/{uidb36}-{key}/": {"uidb36": "1", "key": "x"},
    "/admin/r/{content_type_id}/{object_id}/": {"content_type_id": 1, "object_id": "canary-key"},
    "/admin/{app_label}/": {"app_label": "accounts"},
    "/admin/{url}": {"url": "canary-key"},
}


def test_pages_say_of_each_foreign_id_what_they_say_of_none(stage, pages):
    client = stage.page()
    for route in pages:
        if not route.parameters or route.section in SHARED:
            continue
        values = OTHER_PARAMETERS.get(route.path)
        key = None if values else stage.value(route)
        path = route.filled(values or dict.fromkeys(route.parameters, key))
        for method in ("get",) if route.path.endswith(LOOKED_AT) else ("get", "post"):
            if key is None or "canary" in path:
                require_nothing_seen(client, method, path)
            elif key != stage.bound["customer"].pk:
                missing = ask(client, method, route.filled(dict.fromkeys(route.parameters, 99_999)))
                assert ask(client, method, path)[0] == missing[0], (method, path)
                require_no_leak(client, method, path)


def test_there_is_something_to_see(stage):
    """For whoever may: else the walk would prove nothing."""
    root = Client(SERVER_NAME="localhost")
    root.force_login(members.create_member(username="root", role="admin", is_staff=True))
    seen = {True: 0, False: 0}
    for route in all_routes():
        if route.path in OTHER_PARAMETERS:
            continue
        if route.parameters and route.section not in SHARED:
            path = route.filled(dict.fromkeys(route.parameters, stage.value(route)))
            seen[ask(root, "get", path)[0] != 404] += 1

    assert seen[True] > 50, seen


def test_every_table_of_tenants_has_a_canary(stage):
    bound = {"customer_id": stage.names["customer"]}
    eyes = principal_of_token(issue_token(name="t", role="admin", **bound).token)
    empty = [
        model._meta.label
        for model in apps.get_models()
        if getattr(model, "CUSTOMER_PATHS", ())
        and not visible(model._default_manager.all(), eyes).exists()
    ]

    assert empty == []
