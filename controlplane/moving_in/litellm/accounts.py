"""Organizations, which are customers here, and teams."""

from dataclasses import dataclass, field
from typing import Any

from controlplane.moving_in.litellm.budgets import Budgets
from controlplane.moving_in.litellm.vocabulary import (
    GUARDED,
    OWN_DATES,
    PEOPLE,
    PER_MODEL,
    SPENT,
    TIMING,
    TOOLS,
)
from controlplane.moving_in.metadata import flat
from controlplane.moving_in.naming import slug
from controlplane.moving_in.part import Part
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.values import flag

METADATA_LEFT = {
    "guardrails": GUARDED,
    "model_rpm_limit": PER_MODEL,
    "model_tpm_limit": PER_MODEL,
    "team_member_budget_id": "Members have no budgets: their keys have.",
    "team_member_key_duration": "Members have no budgets: their keys have.",
}
LEFT = {
    **dict.fromkeys(("created_at", "created_by", "updated_at", "updated_by"), OWN_DATES),
    **dict.fromkeys(
        ("admins", "members", "members_with_roles", "users", "team_memberships"), PEOPLE
    ),
    **dict.fromkeys(
        ("team_member_permissions", "members_count", "default_team_member_models"), PEOPLE
    ),
    **dict.fromkeys(("spend", "model_spend"), SPENT),
    **dict.fromkeys(
        ("model_max_budget", "budget_limits", "model_rpm_limit", "model_tpm_limit"), PER_MODEL
    ),
    **dict.fromkeys(("object_permission", "object_permission_id"), TOOLS),
    "router_settings": TIMING,
    "policies": GUARDED,
    "guardrails": GUARDED,
    "allow_team_guardrail_config": GUARDED,
    "budget_reset_at": "Windows are computed from the clock: nothing is reset.",
    "teams": "Read from the teams' own export.",
    "keys": "Read from the keys' own export.",
    "keys_count": "Counted here, too.",
    "model_id": "Names of names are those of model_group_alias.",
    "litellm_model_table": "Names of names are those of model_group_alias.",
    "access_group_ids": "Name the models, or access groups of model_list.",
    "default_team_id": PEOPLE,
}


@dataclass(slots=True)
class Account:
    """What keys below it take from it: its models and limits, and whether it is blocked."""

    id: str
    models: list[str] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    is_blocked: bool = False
    customer: str = ""


class Accounts:
    """Organizations and teams by their ids at LiteLLM."""

    def __init__(self, wanted: Wanted, budgets: Budgets, customer: str) -> None:
        self._wanted = wanted
        self._budgets = budgets
        self._customer = customer
        self.customers: dict[str, Account] = {}
        self.teams: dict[str, Account] = {}

    def customer_of(self, organization: Part) -> str:
        """Without an organization it is the one that the command names."""
        named = organization.mapped("customer").text()
        return slug(named) if named else self._customer

    def add_organization(self, row: Part) -> None:
        account = self._account(row, "organization_id")
        if account is not None:
            self.customers[account.id] = account
            self._want("customers", row, account, "organization_alias")

    def add_team(self, row: Part) -> None:
        account = self._account(row, "team_id")
        if account is not None:
            account.customer = self.customer_of(row.get("organization_id"))
            self.teams[account.id] = account
            self._want("teams", row, account, "team_alias", customer=account.customer)

    def _account(self, row: Part, id_field: str) -> Account | None:
        given = row.get(id_field)
        if not given.text():
            row.wrong(f"Needs '{id_field}'.")
            return None
        account = Account(slug(given.text()))
        said = "id" if account.id == given.text() else f"id, written as '{account.id}'"
        given.mapped(said) if account.id == given.text() else given.approximated(said)
        account.models = row.get("models").texts()
        row.get("models").approximated("virtual_keys.allowed_models of its keys")
        account.limits = self._budgets.limits_of(row)
        for name in ("rpm_limit", "tpm_limit", "max_parallel_requests"):
            row.get(name).approximated(
                "virtual_keys.rate_limit: for each of its keys, not together"
            )
        account.is_blocked = bool(row.get("blocked").read(flag))
        row.get("blocked").approximated("virtual_keys.is_active of its keys")
        return account

    def _want(self, section: str, row: Part, account: Account, alias: str, **more: Any) -> None:
        metadata = flat(row.get("metadata"), METADATA_LEFT)
        self._wanted.add(
            section,
            row.node,
            id=account.id,
            name=row.get(alias).mapped("name").text()[:200] or None,
            metadata=metadata or None,
            budget=self._budgets.of(row) or None,
            **more,
        )
        for name, part in row.fields():
            if name in LEFT:
                part.left(LEFT[name])
