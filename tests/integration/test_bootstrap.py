"""What the first start creates, and that later ones keep it working."""

from pathlib import Path

import genai_prices.data
import pytest
from django.test import Client

from controlplane.accounts.models import ApiToken, Member, Role
from controlplane.budgets.models import Budget
from controlplane.catalog.models import Model, ModelAlias, Price, Provider
from controlplane.keys.models import VirtualKey, VirtualKeySecret
from controlplane.runtime.bootstrap import access, steps
from dataplane.contract.virtual_keys import hash_secret

pytestmark = pytest.mark.usefixtures("database", "quick_passwords")

SIMULATOR = "http://127.0.0.1:4711"


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that runs the tests may have credentials of its own."""
    monkeypatch.setattr(steps.os, "environ", {})


def addresses() -> dict[str, str]:
    return dict(Provider.objects.values_list("id", "base_url"))


def works(secret: str | None) -> bool:
    rows = VirtualKeySecret.objects.filter(secret_hash=hash_secret(secret or ""), revoked_at=None)
    return rows.exists()


def test_the_first_start_creates_everything(tmp_path: Path) -> None:
    made = steps.run(tmp_path, SIMULATOR)

    member = Member.objects.get(username="admin")
    assert member.role == "admin"
    assert member.check_password(made.admin_password or "")
    token = ApiToken.objects.get(secret_hash=hash_secret(made.admin_token or ""))
    assert token.role == Role.ADMIN
    key = VirtualKey.objects.get()
    assert (key.customer_id, key.team_id) == ("demo", "demo-team")
    assert works(made.demo_key)
    assert Budget.objects.get().virtual_key == key


def test_the_demo_provider_is_the_simulator_and_has_prices(tmp_path: Path) -> None:
    steps.run(tmp_path, SIMULATOR)

    assert addresses() == {
        "demo": f"{SIMULATOR}/v1",
        "demo-anthropic": SIMULATOR,
        "demo-bedrock": SIMULATOR,
        "demo-gemini": SIMULATOR,
        "demo-vertex": SIMULATOR,
    }
    models = {model.id for model in Model.objects.all()}
    assert {"demo/echo", "demo/embed", "demo/fail-529", "demo-bedrock/echo"} <= models
    assert {price.model_id for price in Price.objects.all()} == models


def test_an_alias_is_served_by_every_dialect_of_the_simulator(tmp_path: Path) -> None:
    steps.run(tmp_path, SIMULATOR)

    rows = ModelAlias.objects.filter(alias="demo-any")
    assert {row.model_id: row.weight for row in rows} == {
        "demo/echo": 3,
        "demo-anthropic/echo": 1,
        "demo-bedrock/echo": 1,
        "demo-gemini/echo": 1,
        "demo-vertex/echo": 1,
    }


def test_no_vendors_model_ever_means_the_simulator(tmp_path: Path) -> None:
    steps.run(tmp_path, SIMULATOR)

    assert set(Provider.objects.values_list("price_list", flat=True)) == {"simulator"}
    assert "simulator" not in {vendor.id for vendor in genai_prices.data.providers}


def test_a_later_start_changes_nothing_but_the_simulators_address(tmp_path: Path) -> None:
    first = steps.run(tmp_path, SIMULATOR)
    again = steps.run(tmp_path, "http://127.0.0.1:4712")

    assert again == first
    assert addresses()["demo"] == "http://127.0.0.1:4712/v1"
    assert addresses()["demo-anthropic"] == "http://127.0.0.1:4712"
    counts = [kind.objects.count() for kind in (Member, ApiToken, VirtualKey, Budget)]
    assert counts == [1, 1, 1, 1]
    assert Price.objects.count() == Model.objects.count()


def test_what_was_forgotten_is_made_anew(tmp_path: Path) -> None:
    first = steps.run(tmp_path, SIMULATOR)
    (tmp_path / "secrets" / "access.json").write_text("damaged")
    again = steps.run(tmp_path, SIMULATOR)

    assert Member.objects.get().check_password(again.admin_password or "")
    assert ApiToken.objects.filter(secret_hash=hash_secret(again.admin_token or "")).exists()
    assert works(again.demo_key)
    assert again.demo_key != first.demo_key


def test_an_empty_database_gets_the_secrets_that_are_known(tmp_path: Path) -> None:
    known = access.Access(admin_password="a password that is known", demo_key="of another time")
    access.save(known, tmp_path)
    made = steps.run(tmp_path, SIMULATOR)

    assert made.admin_password == "a password that is known"
    assert Member.objects.get().check_password("a password that is known")
    assert works(made.demo_key)


def test_a_password_that_its_owner_changed_stays(tmp_path: Path) -> None:
    steps.run(tmp_path, SIMULATOR)
    member = Member.objects.get()
    member.set_password("my own, thank you")
    member.save()

    assert steps.run(tmp_path, SIMULATOR).admin_password is None
    assert steps.run(tmp_path, SIMULATOR).admin_password is None
    assert Member.objects.get().check_password("my own, thank you")


def test_the_demo_can_be_left_out_and_comes_back(tmp_path: Path) -> None:
    assert steps.run(tmp_path, None).demo_key is None
    assert not Provider.objects.exists()

    key = steps.run(tmp_path, SIMULATOR).demo_key
    steps.run(tmp_path, None)
    assert not Provider.objects.filter(is_active=True).exists()
    assert steps.run(tmp_path, SIMULATOR).demo_key == key
    assert not Provider.objects.filter(is_active=False).exists()


def test_a_revoked_key_stays_revoked(tmp_path: Path) -> None:
    first = steps.run(tmp_path, SIMULATOR)
    VirtualKey.objects.update(is_active=False)
    again = steps.run(tmp_path, SIMULATOR)

    assert again.demo_key == first.demo_key
    assert not VirtualKey.objects.get().is_active


def test_the_secrets_are_for_our_eyes_only(tmp_path: Path) -> None:
    steps.run(tmp_path, SIMULATOR)

    assert (tmp_path / "secrets" / "access.json").stat().st_mode & 0o777 == 0o600


def test_the_control_plane_says_how_it_is() -> None:
    client = Client(headers={"host": "localhost"})

    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ready\n"
