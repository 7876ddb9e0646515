"""Where each page of the dashboard is; names are those of the rail (`navigation.py`)."""

from django.urls import path

from controlplane.dashboard.views import (
    budgets,
    customers,
    explore,
    key,
    keys,
    live,
    models,
    overview,
    preferences,
    prices,
    providers,
    request,
    requests,
    saved_views,
    search,
    statements,
    suggestions,
    teams,
)

app_name = "dashboard"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/effect/", budgets.effect, name="budget-effect"),
    path("explore/", explore.explore, name="explore"),
    path("views/", saved_views.saved_views, name="views"),
    path("views/<slug:id>/", saved_views.saved_view, name="view"),
    path("requests/", requests.requests, name="requests"),
    path("requests/newer/", requests.newer, name="newer_requests"),
    path("requests/<str:request_id>/", request.request, name="request"),
    path("providers/", providers.providers, name="providers"),
    path("providers/<slug:provider_id>/test/", providers.test, name="provider_test"),
    path("live/", live.live, name="live"),
    path("live/since/", live.since, name="live_since"),
    path("models/", models.models, name="models"),
    path("prices/", prices.prices, name="prices"),
    path("statements/", statements.statements, name="statements"),
    path("statements/close/", statements.close, name="close-month"),
    path("statements/rates/", statements.rates, name="exchange-rates"),
    path("statements/<str:id>/", statements.statement, name="statement"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<str:id>/", customers.customer, name="customer"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<str:id>/", teams.team, name="team"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<str:id>/", key.key, name="key"),
    path("search/", search.search, name="search"),
    path("suggestions/", suggestions.suggestions, name="suggestions"),
    path("preferences/", preferences.preferences, name="preferences"),
]
