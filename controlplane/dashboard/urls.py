"""Where each page of the dashboard is; names are those of the rail (`navigation.py`)."""

from django.urls import path

from controlplane.dashboard.views import explore, overview, preferences, search, suggestions

app_name = "dashboard"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("explore/", explore.explore, name="explore"),
    path("search/", search.search, name="search"),
    path("suggestions/", suggestions.suggestions, name="suggestions"),
    path("preferences/", preferences.preferences, name="preferences"),
]
