"""Whoever is bound to a team sees the team, its keys, their budgets and usage, and no siblings."""

import pytest

from controlplane.accounts.models import Team
from controlplane.accounts.services import issue_token
from tests import builders
from tests.answers import text_of
from tests.personas import Caller, refusal


@pytest.fixture
def house(alice):
    """Two teams of acme, each with a key, budgets and usage; and budgets of acme itself."""
    alice.make("customers", id="acme")
    alice.make("budgets", id="b-acme", owner_type="customer", owner="acme", limit_usd="9")
    alice.make("virtual-keys", id="vk-none", customer="acme")
    for team in ("lab", "ops"):
        alice.make("teams", id=team, customer="acme")
        alice.make("virtual-keys", id=f"vk-{team}", customer="acme", team=team)
        alice.make("budgets", id=f"b-{team}", owner_type="team", owner=team, limit_usd="1")
        owned = {"owner_type": "virtual_key", "owner": f"vk-{team}"}
        alice.make("budgets", id=f"b-vk-{team}", limit_usd="1", **owned)
        builders.usage_record(
            request_id=f"req-{team}", team_id=team, virtual_key_id=f"vk-{team}", cost_usd=3
        )


def of_lab(role="admin"):
    team = Team.objects.get(id="lab")
    return Caller(issue_token(name=role, role=role, customer=team.customer, team=team).secret)


def ids(caller, resource):
    return [each["id"] for each in caller.get(resource).json()["results"]]


def test_lists_hold_what_is_the_teams(house):
    lab = of_lab()

    assert ids(lab, "customers") == ["acme"]
    assert ids(lab, "teams") == ["lab"]
    assert ids(lab, "virtual-keys") == ["vk-lab"]
    assert ids(lab, "budgets") == ["b-lab", "b-vk-lab"]
    assert [each["request_id"] for each in lab.get("usage").json()["results"]] == ["req-lab"]


@pytest.mark.parametrize(
    "path", ["teams/ops", "virtual-keys/vk-ops", "virtual-keys/vk-none", "budgets/b-acme"]
)
def test_siblings_are_not_there(house, path):
    refusal(of_lab().get(path), 404)
    refusal(of_lab().get("usage/req-ops"), 404)


def test_sums_are_those_of_the_team(house):
    summary = of_lab("finance").get("usage/summary", group_by="team").json()

    assert [group["team"] for group in summary["results"]] == ["lab"]
    assert summary["total"]["cost_usd"] == "3.00"
    assert "ops" not in text_of(of_lab("finance").get("usage/export"))


def test_keys_are_made_in_the_own_team(house):
    lab = of_lab("engineer")

    assert "team" in refusal(lab.post("virtual-keys", {"customer": "acme"}))["fields"]
    assert (
        "team" in refusal(lab.post("virtual-keys", {"customer": "acme", "team": "ops"}))["fields"]
    )
    lab.make("virtual-keys", id="new", customer="acme", team="lab")
    assert "team" in refusal(lab.patch("virtual-keys/new", {"team": None}))["fields"]


def test_budgets_are_set_within_the_team(house):
    lab = of_lab("finance")
    body = {"limit_usd": "1", "window": "day"}

    lab.make("budgets", owner_type="team", owner="lab", **body)
    refusal(lab.post("budgets", {"owner_type": "team", "owner": "ops", **body}))
    refusal(lab.post("budgets", {"owner_type": "customer", "owner": "acme", **body}), 403)
    assert len(ids(of_lab(), "budgets")) == 3


def test_what_teams_share_is_not_theirs_to_change(house):
    lab = of_lab()

    refusal(lab.patch("teams/lab", {"name": "x"}), 403)
    refusal(lab.post("teams", {"customer": "acme"}), 403)
    refusal(lab.patch("customers/acme", {"name": "x"}), 403)


def test_access_is_granted_within_the_team(house):
    lab = of_lab()
    body = {"name": "t", "role": "auditor", "customer": "acme"}

    assert "team" in refusal(lab.post("tokens", body))["fields"]
    lab.make("tokens", **body, team="lab")
    person = {"id": "ann", "role": "engineer", "customer": "acme"}
    assert "team" in refusal(lab.post("members", person))["fields"]
    lab.make("members", **person, team="lab")


def test_a_file_of_a_team_reaches_no_further(house):
    lab = of_lab()
    own = {"virtual_keys": [{"id": "vk-lab", "customer": "acme", "name": "x"}]}
    others = {"virtual_keys": [{"id": "vk-ops", "customer": "acme", "name": "x"}]}
    new = {"virtual_keys": [{"id": "free", "customer": "acme"}]}

    assert lab.post("apply", own).status_code == 200
    assert lab.post("apply", others).status_code in (400, 403, 409)
    assert lab.post("apply", new).status_code == 403
    assert ids(of_lab(), "virtual-keys") == ["vk-lab"]
