"""The books that bills are held against."""

import pytest


@pytest.fixture
def far(database: str):
    from tests.integration.reconciliation.bills import booked_days

    return booked_days()
