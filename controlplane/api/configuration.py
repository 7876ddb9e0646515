"""How REST framework and the OpenAPI generator are set up; `settings.py` takes it from here."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "controlplane.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["controlplane.api.authentication.MayUse"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["controlplane.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "controlplane.api.parsers.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "controlplane.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "controlplane.api.schema.ResourceSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "controlplane.api.errors.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Purser",
    "DESCRIPTION": "Customers, teams, virtual keys, budgets, providers, models and prices.",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "ENUM_NAME_OVERRIDES": {
        "CircuitState": "controlplane.catalog.deployment_health.CircuitState",
        "HealthState": "controlplane.catalog.health.HealthState",
        "PlannedAction": "controlplane.provisioning.changes.Action",
        "Role": "controlplane.accounts.models.Role",
        "CacheMode": "controlplane.keys.models.CacheMode",
        "Enforcement": "controlplane.budgets.models.Enforcement",
        "Violation": "controlplane.metadata_rules.models.Violation",
        "OwnerType": "controlplane.budgets.models.OwnerType",
        "StreamFailure": "controlplane.keys.models.StreamFailure",
        "ServiceTier": "controlplane.catalog.models.ServiceTier",
    },
}
