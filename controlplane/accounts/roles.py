"""The four roles. Settings name them, so nothing here needs a model."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a member or token may do; `accounts/permissions.py` says it per resource."""

    ADMIN = "admin", "Administrator"
    ENGINEER = "engineer", "Engineer: keys, models, limits"
    FINANCE = "finance", "Finance: budgets, prices, reports"
    AUDITOR = "auditor", "Auditor: reads all"
