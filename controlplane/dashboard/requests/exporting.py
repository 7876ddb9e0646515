"""Requests of a page's filter as files, which the API makes."""

from controlplane.dashboard.api_calls import API, api_query
from controlplane.dashboard.filters.reading import PageFilter

FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


def export_links(chosen: PageFilter) -> dict[str, str]:
    """By title, where each kind of file is."""
    query = api_query(chosen)
    return {
        title: query.having({"format": name}).url(f"{API}usage/export")
        for name, title in FORMATS.items()
    }
