"""The routes of the API. Ids of models and prices contain slashes; no path ends in one."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from controlplane.api.alert_actions import AlertActionView
from controlplane.api.alert_rules import AlertRuleView
from controlplane.api.alerts import AlertView
from controlplane.api.apply import ApplyView
from controlplane.api.audit_log import AuditLogView
from controlplane.api.budgets import BudgetView
from controlplane.api.cache_entries import CacheEntryView
from controlplane.api.cache_evidence import CacheEvidenceView
from controlplane.api.cache_outcomes import CacheOutcomeView
from controlplane.api.cache_verdicts import CacheVerdictView
from controlplane.api.check import CheckView
from controlplane.api.configured_models import ModelView
from controlplane.api.customers import CustomerView
from controlplane.api.docs import DocsView, SchemaView
from controlplane.api.errors import UnknownRoute
from controlplane.api.exchange_rates import ExchangeRateView
from controlplane.api.invoices import InvoiceView
from controlplane.api.limit_changes import LimitChangeView
from controlplane.api.members import MemberView
from controlplane.api.metadata_rules import MetadataRuleView
from controlplane.api.notices import NoticeChannelView, NoticeView
from controlplane.api.prices import PriceView
from controlplane.api.privacy import ErasureView, PersonalDataView
from controlplane.api.providers import ProviderView
from controlplane.api.raise_requests import RaiseRequestView
from controlplane.api.statements import StatementView
from controlplane.api.teams import TeamView
from controlplane.api.tokens import TokenView
from controlplane.api.usage import UsageView
from controlplane.api.usage_content import UsageContentView
from controlplane.api.usage_imports import UsageImportView
from controlplane.api.virtual_key_batches import VirtualKeyBatchView
from controlplane.api.virtual_keys import VirtualKeyView
from controlplane.api.what_if import WhatIfView

router = SimpleRouter(trailing_slash=False)
for view in (
    CustomerView,
    TeamView,
    VirtualKeyView,
    BudgetView,
    MetadataRuleView,
    AlertRuleView,
    NoticeChannelView,
    ProviderView,
    ModelView,
    PriceView,
    UsageView,
    MemberView,
    TokenView,
    AuditLogView,
):
    router.register(view.resource.value, view, basename=view.resource.value)

v1 = [
    path(
        "virtual-keys/batch",
        VirtualKeyBatchView.as_view({"post": "create", "patch": "change_all"}),
        name="virtual-keys-batch",
    ),
    *router.urls,
    path(
        "customers/<str:id>/erase",
        PersonalDataView.as_view({"post": "erase"}),
        name="customers-erase",
    ),
    path(
        "customers/<str:id>/export",
        PersonalDataView.as_view({"get": "export"}),
        name="customers-export",
    ),
    path("erasures", ErasureView.as_view({"get": "list"}), name="erasures-list"),
    path("erasures/<str:id>", ErasureView.as_view({"get": "retrieve"}), name="erasures-detail"),
    path(
        "usage/<str:id>/content",
        UsageContentView.as_view({"get": "retrieve"}),
        name="usage-content",
    ),
    path("usage-imports", UsageImportView.as_view({"get": "list"}), name="usage-imports-list"),
    path(
        "usage-imports/<int:id>",
        UsageImportView.as_view({"get": "retrieve"}),
        name="usage-imports-detail",
    ),
    # People create no alerts, and change nothing of them but their end and what they think.
    path("alerts", AlertView.as_view({"get": "list"}), name="alerts-list"),
    path("alerts/<str:id>", AlertView.as_view({"get": "retrieve"}), name="alerts-detail"),
    path("alerts/<str:id>/resolve", AlertView.as_view({"post": "resolve"}), name="alerts-resolve"),
    path(
        "alerts/<str:id>/feedback", AlertView.as_view({"post": "feedback"}), name="alerts-feedback"
    ),
    path("alerts/<str:id>/act", AlertView.as_view({"post": "act"}), name="alerts-act"),
    path("alert-actions", AlertActionView.as_view({"get": "list"}), name="alert-actions-list"),
    path(
        "alert-actions/<str:id>",
        AlertActionView.as_view({"get": "retrieve"}),
        name="alert-actions-detail",
    ),
    path(
        "alert-actions/<str:id>/end",
        AlertActionView.as_view({"post": "end"}),
        name="alert-actions-end",
    ),
    path("cache-evidence", CacheEvidenceView.as_view({"get": "list"}), name="cache-evidence-list"),
    path("cache-outcomes", CacheOutcomeView.as_view({"get": "list"}), name="cache-outcomes-list"),
    path(
        "cache-verdicts", CacheVerdictView.as_view({"post": "judge"}), name="cache-verdicts-judge"
    ),
    path("notices", NoticeView.as_view({"get": "list"}), name="notices-list"),
    path("notices/<str:id>", NoticeView.as_view({"get": "retrieve"}), name="notices-detail"),
    path("cache-entries", CacheEntryView.as_view({"get": "list"}), name="cache-entries-list"),
    path(
        "cache-entries/purge",
        CacheEntryView.as_view({"post": "purge"}),
        name="cache-entries-purge",
    ),
    path(
        "cache-entries/<int:id>",
        CacheEntryView.as_view({"get": "retrieve", "delete": "destroy"}),
        name="cache-entries-detail",
    ),
    # What was changed stays; it can be undone.
    path(
        "limit-changes",
        LimitChangeView.as_view({"get": "list", "post": "create"}),
        name="limit-changes-list",
    ),
    path(
        "limit-changes/<str:id>",
        LimitChangeView.as_view({"get": "retrieve"}),
        name="limit-changes-detail",
    ),
    path(
        "limit-changes/<str:id>/undo",
        LimitChangeView.as_view({"post": "undo"}),
        name="limit-changes-undo",
    ),
    # What was asked for stays, with what became of it.
    path(
        "raise-requests",
        RaiseRequestView.as_view({"get": "list", "post": "create"}),
        name="raise-requests-list",
    ),
    path(
        "raise-requests/<str:id>",
        RaiseRequestView.as_view({"get": "retrieve"}),
        name="raise-requests-detail",
    ),
    *(
        path(
            f"raise-requests/<str:id>/{verb}",
            RaiseRequestView.as_view({"post": verb}),
            name=f"raise-requests-{verb}",
        )
        for verb in ("approve", "decline", "withdraw")
    ),
    path(
        "statements",
        StatementView.as_view({"get": "list", "post": "create"}),
        name="statements-list",
    ),
    path(
        "statements/<str:id>",
        StatementView.as_view({"get": "retrieve"}),
        name="statements-detail",
    ),
    path(
        "statements/<str:id>/adjustments",
        StatementView.as_view({"post": "adjust"}),
        name="statements-adjust",
    ),
    path("statements/<str:id>/pdf", StatementView.as_view({"get": "pdf"}), name="statements-pdf"),
    path(
        "exchange-rates",
        ExchangeRateView.as_view({"get": "list", "post": "create"}),
        name="exchange-rates-list",
    ),
    path(
        "exchange-rates/<str:id>",
        ExchangeRateView.as_view({"get": "retrieve", "delete": "destroy"}),
        name="exchange-rates-detail",
    ),
    path("invoices", InvoiceView.as_view({"get": "list", "post": "create"}), name="invoices-list"),
    path(
        "invoices/<str:id>",
        InvoiceView.as_view({"get": "retrieve", "delete": "destroy"}),
        name="invoices-detail",
    ),
    path(
        "invoices/<str:id>/reconcile",
        InvoiceView.as_view({"post": "reconcile"}),
        name="invoices-reconcile",
    ),
    path("what-if", WhatIfView.as_view({"get": "list", "post": "create"}), name="what-if-list"),
    path("what-if/<str:id>", WhatIfView.as_view({"get": "retrieve"}), name="what-if-detail"),
    path("apply", ApplyView.as_view(), name="apply"),
    path("check", CheckView.as_view(), name="check"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("v1/", include(v1)),
    re_path("", UnknownRoute.as_view()),
]
