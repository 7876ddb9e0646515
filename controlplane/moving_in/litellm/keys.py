"""Virtual keys. Their secrets come as hashes, which are those that we keep: they go on working."""

import re
from datetime import UTC
from typing import Any

from django.utils.dateparse import parse_datetime

from controlplane.keys.services import TakenOver
from controlplane.keys.validators import FALLBACKS_MAX
from controlplane.moving_in.catalog import sorted_once
from controlplane.moving_in.limits import tightest
from controlplane.moving_in.litellm.accounts import LEFT, METADATA_LEFT, Account, Accounts
from controlplane.moving_in.litellm.budgets import Budgets
from controlplane.moving_in.litellm.models import ModelGroups
from controlplane.moving_in.litellm.settings import ALWAYS, Fallbacks
from controlplane.moving_in.metadata import flat
from controlplane.moving_in.naming import slug, told_apart
from controlplane.moving_in.part import Part
from controlplane.moving_in.wanted import Wanted
from controlplane.provisioning.reading.nodes import Node
from controlplane.provisioning.values import Wrong, flag, text

HASH = re.compile(r"[0-9a-f]{64}")
HASH_SHOWN = 12
HINT_LENGTH = 4
ALL = frozenset({"all-proxy-models", "all-models", "*"})
OF_TEAM, NONE = "all-team-models", "no-default-models"
KEY_LEFT = {
    **LEFT,
    "aliases": "A key has no names of its own for models: give them to models.",
    "config": "A key has no configuration of models.",
    "permissions": "What a key may do is said by its models, providers and limits.",
    "allowed_routes": "A key may call every endpoint of the data plane.",
    "allowed_cache_controls": "Each key has its own cache mode: off, exact or semantic.",
    "soft_budget_cooldown": "Says which alert was sent.",
    "last_active": "Usage records say it from now on.",
    "agent_id": "There are no agents.",
    **dict.fromkeys(
        (
            "auto_rotate",
            "rotation_interval",
            "rotation_count",
            "last_rotation_at",
            "key_rotation_at",
        ),
        "A key is rotated by POST …/rotate, with a time that both secrets work.",
    ),
}
# What a key belonged to and has no place of its own here stays findable in its metadata.
BELONGED = ("user_id", "project_id")


class Keys:
    def __init__(
        self, wanted: Wanted, budgets: Budgets, accounts: Accounts, groups: ModelGroups
    ) -> None:
        self._wanted = wanted
        self._budgets = budgets
        self._accounts = accounts
        self._groups = groups
        self._ids: set[str] = set()
        self.fallbacks = Fallbacks()

    def add(self, row: Part) -> None:
        token = row.get("token")
        secret = token.text()
        is_hash = HASH.fullmatch(secret) is not None
        if not is_hash and not secret.startswith("sk-"):
            row.wrong("Needs 'token': 64 hexadecimal digits (/key/list?return_full_object=true).")
            return
        key_id = self._id(row, secret)
        if is_hash:
            token.mapped("virtual_keys.secret, by its hash")
            self._wanted.hashes[key_id] = TakenOver(secret, self._hint(row))
        else:
            token.mapped("virtual_keys.secret")
        team = self._accounts.teams.get(slug(row.get("team_id").text()))
        allowed, denied = self._models(row, team)
        self._wanted.add(
            "virtual_keys",
            row.node,
            id=key_id,
            secret=None if is_hash else secret,
            **self._owners(row, team),
            **self._state(row, team),
            metadata=self._metadata(row) or None,
            allowed_models=allowed,
            denied_models=denied or None,
            fallbacks=self._fallbacks(allowed) or None,
            rate_limit=self._limits(row, team) or None,
            budget=self._budgets.of(row) or None,
        )
        for name, part in row.fields():
            if name in KEY_LEFT:
                part.left(KEY_LEFT[name])

    def _id(self, row: Part, secret: str) -> str:
        alias = row.get("key_alias")
        name = alias.text()
        key_id = slug(name) if name else f"litellm-{secret[:HASH_SHOWN]}"
        if not HASH.fullmatch(secret) and not name:
            key_id = told_apart("litellm", secret)
        if key_id in self._ids:
            key_id = told_apart(key_id, secret)
        self._ids.add(key_id)
        alias.mapped("id, name") if key_id == name else alias.approximated(
            f"id, written as '{key_id}', and name"
        )
        return key_id

    def _hint(self, row: Part) -> str:
        """LiteLLM shows a key as `sk-...Xy12`."""
        shown = row.get("key_name").mapped("what is shown of the secret").text()
        return shown[-HINT_LENGTH:] if shown.startswith("sk-...") else ""

    def _owners(self, row: Part, team: Account | None) -> dict[str, Any]:
        given, organization = row.get("team_id"), row.get("organization_id")
        given.mapped("virtual_keys.team")
        customer = self._accounts.customer_of(organization)
        named = slug(given.text()) if given else None
        return {
            "name": row.get("key_alias").text()[:200] or None,
            "customer": team.customer if team else customer,
            "team": named,
        }

    def _state(self, row: Part, team: Account | None) -> dict[str, Any]:
        blocked = row.get("blocked").mapped("virtual_keys.is_active").read(flag)
        expires = row.get("expires").mapped("virtual_keys.expires_at").read(moment_or_utc)
        is_blocked = bool(blocked) or (team is not None and team.is_blocked)
        return {"is_active": False if is_blocked else None, "expires_at": expires}

    def _metadata(self, row: Part) -> dict[str, Any]:
        belonged = {name: row.get(name).text() for name in BELONGED if row.get(name)}
        for name in belonged:
            row.get(name).approximated("virtual_keys.metadata")
        known = flat(row.get("metadata"), METADATA_LEFT, len(belonged))
        return {**belonged, **known}

    def _models(self, row: Part, team: Account | None) -> tuple[list[str], list[str]]:
        """What a key may call: its own list within its team's."""
        part = row.get("models")
        own = part.texts()
        part.mapped("virtual_keys.allowed_models")
        if NONE in own:
            part.mapped("virtual_keys.denied_models")
            return [], ["*"]
        teams = self._named(team.models) if team else []
        if OF_TEAM in own:
            return teams, []
        named = self._named(own)
        if teams and named:
            both = [each for each in named if each in teams or _covered(each, teams)]
            return both, [] if both else ["*"]
        return named or teams, []

    def _named(self, models: list[str]) -> list[str]:
        """With access groups spelt out; empty for any model."""
        if any(each in ALL for each in models):
            return []
        spelt: list[str] = []
        for each in models:
            spelt += self._groups.access_groups.get(each, [each])
        return sorted_once(spelt)

    def _fallbacks(self, allowed: list[str]) -> list[dict[str, str]]:
        """Those of the groups it may call, if it may call them. `allowed` grows by their models."""
        found: list[str] = []
        by_group = self.fallbacks.by_group
        names = allowed or list(self._groups.by_name)
        for name in [each for each in by_group if each in names or each == ALWAYS]:
            for other in by_group[name]:
                group = self._groups.by_name.get(other)
                if group is not None and other in names:
                    found += group.members
        once = sorted_once(found)[:FALLBACKS_MAX]
        if allowed:
            allowed += [each for each in once if each not in allowed]
        pairs = [each.partition("/") for each in once]
        return [{"provider": provider, "model": model} for provider, _, model in pairs]

    def _limits(self, row: Part, team: Account | None) -> dict[str, int]:
        return tightest(self._budgets.limits_of(row), team.limits if team else {})


def moment_or_utc(node: Node) -> str:
    """An instant as a file of ours has it. Tables write none of its zone, which is UTC."""
    written = text(node)
    try:
        value = parse_datetime(written)
    except ValueError:
        value = None
    if value is None:
        raise Wrong(node, "Must be a date and time.")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _covered(name: str, patterns: list[str]) -> bool:
    return any(each.endswith("*") and name.startswith(each[:-1]) for each in patterns)
