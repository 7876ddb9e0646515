"""A page's filter as the API reads it: for files, and for programs."""

from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import FILTERS, PageFilter

API = "/api/v1/usage"
FORMATS = {"csv": "CSV", "xlsx": "XLSX"}


def api_query(chosen: PageFilter) -> Query:
    """The same records, with what a page takes for granted said aloud."""
    query, period = chosen.query.only(FILTERS), chosen.period
    if chosen.cut is None:
        days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        named = {"period": period.name} if period.name else days
        others = dict.fromkeys({"period", "from", "to"} - set(named))
        query = query.having({**others, **named})
    return query if period.timezone == "UTC" else query.having({"tz": period.timezone})


def export_links(chosen: PageFilter) -> dict[str, str]:
    """By title, where each kind of file is."""
    query = api_query(chosen)
    return {
        title: query.having({"format": name}).url(f"{API}/export")
        for name, title in FORMATS.items()
    }
