"""What only pages of providers need: strips of outcomes, and states in words."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from controlplane.catalog.health import HealthState
from controlplane.dashboard.providers.deployments import Deployment, Place, Quarter

register = template.Library()

STEP, WIDTH, HEIGHT, LEAST = 4, 3, 18, 3
TONES = {HealthState.OK: "ok", HealthState.DEGRADED: "warn", HealthState.DOWN: "bad"}
WORDS = {
    HealthState.OK: "Serving",
    HealthState.DEGRADED: "Partly serving",
    HealthState.DOWN: "Paused",
    HealthState.UNKNOWN: "Not called lately",
}


@register.simple_tag
def state_tone(state: HealthState) -> str:
    return TONES.get(state, "")


@register.simple_tag
def state_text(place: Place) -> str:
    return WORDS[place.health.state] if place.provider.is_active else "Switched off"


@register.simple_tag
def strip(deployment: Deployment) -> SafeString:
    """A mark for each quarter of an hour; the failed part of it stands from the ground."""
    marks = format_html_join(
        "",
        "{}",
        ((_mark(each, place * STEP),) for place, each in enumerate(deployment.quarters)),
    )
    said = (
        f"{deployment.attempts} attempts, {deployment.failed} failed"
        if deployment.attempts
        else "not called"
    )
    return format_html(
        '<svg class="strip" role="img" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'aria-label="{}">{}</svg>',
        STEP * len(deployment.quarters),
        HEIGHT,
        said,
        marks,
    )


def _mark(quarter: Quarter, x: int) -> SafeString:
    whole = quarter.answered + quarter.failed
    if not whole:
        return _rect("quiet", x, HEIGHT - 2, 2)
    if not quarter.failed:
        return _rect("answered", x, 0, HEIGHT)
    failed = max(LEAST, round(HEIGHT * quarter.failed / whole))
    ground = _rect("some", x, HEIGHT - failed, failed)
    return ground if failed == HEIGHT else _rect("answered", x, 0, HEIGHT - failed) + ground


def _rect(kind: str, x: int, y: int, height: int) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', kind, x, y, WIDTH, height
    )
