"""How the admin looks and what its sidebar lists, in the groups of the dashboard."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _may_read(resource: str) -> Callable[[HttpRequest], bool]:
    def asked(request: HttpRequest) -> bool:
        from controlplane.accounts import permissions  # settings load before any model

        principal = permissions.principal_of(request.user)
        return permissions.may_read(principal, permissions.Resource(resource))

    return asked


def _entry(title: str, icon: str, model: str, resource: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": _may_read(resource),
    }


def _group(title: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(entries)}


ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%233241bb'/%3E"
    "%3Cpath d='M5 13V3h4a3 3 0 0 1 0 6H7v4z' fill='%23fff'/%3E%3C/svg%3E"
)

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Purser",
    "SITE_HEADER": "Purser",
    "SITE_SUBHEADER": "LLM gateway",
    "SITE_SYMBOL": "account_balance_wallet",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: ICON}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "#f3f4fd",
            "100": "#eceefb",
            "200": "#d3d8f6",
            "300": "#b0b9ef",
            "400": "#93a7f7",
            "500": "#5566d6",
            "600": "#3241bb",
            "700": "#2a3699",
            "800": "#242e7c",
            "900": "#1f2540",
            "950": "#15192e",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            _group(
                "",
                {"title": "Dashboard", "icon": "home", "link": reverse_lazy("dashboard:overview")},
            ),
            _group(
                "Money",
                _entry("Budgets", "savings", "budgets_budget", "budgets"),
                _entry("Balances", "account_balance", "budgets_balance", "ledger"),
                _entry("Allowances", "pending_actions", "budgets_allowance", "ledger"),
                _entry("Processes", "memory", "budgets_process", "ledger"),
                _entry("Ledger entries", "receipt_long", "budgets_ledgerentry", "ledger"),
                _entry("Prices", "sell", "catalog_price", "prices"),
                _entry("Invoices", "request_quote", "reconciliation_invoice", "invoices"),
            ),
            _group(
                "Traffic",
                _entry("Usage records", "bar_chart", "usage_bookedrequest", "usage"),
                _entry("Usage imports", "input", "moving_in_usageimport", "usage-imports"),
                _entry("Cached answers", "cached", "caching_cacheentry", "cache-entries"),
                _entry("Cache outcomes", "savings", "caching_cacheoutcome", "cache-entries"),
                _entry("Cache evidence", "science", "caching_cacheevidence", "cache-entries"),
                _entry("Providers", "hub", "catalog_provider", "providers"),
                _entry("Models", "smart_toy", "catalog_model", "models"),
                _entry("Price list", "menu_book", "catalog_listing", "models"),
            ),
            _group(
                "Access",
                _entry("Customers", "apartment", "accounts_customer", "customers"),
                _entry("Teams", "groups", "accounts_team", "teams"),
                _entry("Metadata rules", "rule", "metadata_rules_metadatarule", "metadata-rules"),
                _entry("Virtual keys", "key", "keys_virtualkey", "virtual-keys"),
            ),
            _group(
                "Control",
                _entry("Alerts", "notifications", "alerts_alert", "alerts"),
                _entry("Alert rules", "rule", "notices_rule", "alert-rules"),
                _entry("Notice channels", "send", "notices_channel", "notice-channels"),
                _entry("Notices", "outbox", "notices_notice", "notices"),
                _entry("Members", "person", "accounts_member", "members"),
                _entry("API tokens", "api", "accounts_apitoken", "tokens"),
                _entry("Audit log", "history", "audit_auditevent", "audit-log"),
            ),
        ],
    },
}
