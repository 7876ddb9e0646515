"""Who looks at the dashboard: a member of each role, and one who is bound to acme."""

from collections.abc import Callable

import pytest
from django.test import Client

Browser = Callable[..., Client]


@pytest.fixture
def sign_in(database: str) -> Browser:
    """A browser with a member's session: `sign_in("finance")`, `sign_in("auditor", "acme")`."""
    from controlplane.accounts.models import Customer, Member

    def signed_in(role: str = "admin", customer_id: str | None = None) -> Client:
        if customer_id:
            Customer.objects.get_or_create(id=customer_id)
        name = f"{role}-{customer_id or 'all'}"
        member = Member.objects.create_user(name, role=role, customer_id=customer_id)
        client = Client(SERVER_NAME="localhost")
        client.force_login(member)
        return client

    return signed_in
