"""URLs in templates: of this page with something changed, and of another page, filters kept."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from controlplane.accounts.permissions import Resource
from controlplane.alerts.models import Alert
from controlplane.dashboard.acting import Act, act_for
from controlplane.dashboard.filters.names import name_in
from controlplane.dashboard.filters.query import Query
from controlplane.dashboard.filters.reading import FILTERS
from controlplane.dashboard.navigation import page_url

register = template.Library()

PAGING = {"after": None, "before": None}


@register.simple_tag(takes_context=True)
def here(context: Any, **changes: Any) -> str:
    """This page with parameters changed: `{% here by="team" %}`; None leaves one out."""
    visit = context["visit"]
    return str(visit.query.having({**PAGING, **changes}).url(visit.request.path))


@register.simple_tag(takes_context=True)
def here_with(context: Any, name: str, value: Any) -> str:
    """This page with one more value of a dimension whose name is a variable."""
    visit = context["visit"]
    text = "" if value is None else str(value)
    return str(visit.query.having({**PAGING, name: text}).url(visit.request.path))


@register.simple_tag(takes_context=True)
def there(context: Any, page: str, *arguments: Any, **changes: Any) -> str | None:
    """Another page with this one's filter; None while there is no such page.

    `{% there "requests" status=429 as url %}`
    """
    url = page_url(page, *arguments)
    query = context["visit"].query.only(FILTERS)
    return None if url is None else str(query.having(changes).url(url))


@register.simple_tag(takes_context=True)
def there_with(context: Any, page: str, name: str, value: Any, **changes: Any) -> str | None:
    """Another page, filtered by a dimension whose name is a variable."""
    return there(context, page, **{name: "" if value is None else str(value), **changes})


@register.simple_tag
def linked(text: Any, url: str | None) -> SafeString | str:
    """The text, as a link where there is somewhere to go."""
    return format_html('<a href="{}">{}</a>', url, text) if url else text


@register.simple_tag
def page(name: str, *arguments: Any) -> str | None:
    """Where a page is; None while there is no such page."""
    return page_url(name, *arguments)


@register.simple_tag(takes_context=True)
def url_of(context: Any, query: Query) -> str:
    """This page with another query."""
    return query.having(PAGING).url(context["visit"].request.path)


@register.simple_tag(takes_context=True)
def may_change(context: Any, resource: str) -> bool:
    """Whether the viewer may write a resource, by its name in the API."""
    return bool(context["visit"].may_write(Resource(resource)))


@register.simple_tag
def name_of(names: Mapping[str, Mapping[str, str]], dimension: str, value: Any) -> str:
    """What a value is called, among names by dimension and id."""
    return name_in(names.get(dimension, {}), dimension, value)


@register.simple_tag
def act_of(alert: Alert) -> Act | None:
    """The one thing to do about an alert; None while its page does not exist."""
    return act_for(alert)
