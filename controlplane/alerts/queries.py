"""Which alerts somebody may know of."""

from django.db.models import QuerySet

from controlplane.accounts.permissions import Principal, Resource, may_read, visible
from controlplane.alerts.models import Alert


def alerts_seen_by(principal: Principal | None) -> QuerySet[Alert]:
    """Those of the own customer; those about API tokens only for whoever may read tokens."""
    rows = visible(Alert.objects.all(), principal)
    return rows if may_read(principal, Resource.TOKENS) else rows.filter(api_token_id=None)
