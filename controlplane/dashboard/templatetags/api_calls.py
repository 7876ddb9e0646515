"""What a page shows as a call of the REST API, ready to paste."""

import shlex
from typing import Any

from django import template

from controlplane.dashboard.api_calls import API, ApiCall, call_for, summary_call
from controlplane.dashboard.pages import Visit

register = template.Library()

CURL = 'curl -H "Authorization: Bearer $PURSER_TOKEN" {url}'
FILTERED = frozenset({"requests"})


@register.simple_tag(takes_context=True)
def api_call(context: Any) -> ApiCall | None:
    """The call that has the page's rows or sums; `group_by` in the context asks for sums."""
    visit: Visit = context["visit"]
    if context.get("group_by"):
        return summary_call(visit.filter, context["group_by"])
    match = visit.request.resolver_match
    if match is None or match.url_name is None:
        return None
    chosen = visit.filter if match.url_name in FILTERED else None
    return call_for(match.url_name, visit.query, list(match.kwargs.values()), chosen)


@register.simple_tag(takes_context=True)
def curl_of(context: Any, call: ApiCall) -> str:
    """With a token in the environment, as the snippets of keys have it."""
    url = context["visit"].request.build_absolute_uri(call.path)
    return CURL.format(url=shlex.quote(url))


@register.simple_tag
def api_docs() -> str:
    return f"{API}docs"
