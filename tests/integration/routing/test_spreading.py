"""Several deployments of one name, and several credentials of one provider, share the traffic."""

import os

from controlplane.catalog.models import ModelAlias
from dataplane.contract.credentials import SealingKeys
from tests import catalog
from tests.fakes.upstream import Asked, Scripted, whole
from tests.far_and_near import ANSWER, Client, Providers, wait_for
from tests.plane import Plane, booked


def test_an_alias_spreads_over_its_deployments_and_survives_one_of_them(
    plane: Plane, lone: Client, providers: Providers
):
    for model in ("far/gpt-4o", "near/gpt-4o"):
        ModelAlias.objects.create(alias="smart", model_id=model, weight=1)
    wait_for(lambda: len(plane.gateway.catalog.aliases.get("smart", ())) == 2)
    seen = {lone.ask(model="smart").headers["x-purser-provider"] for _ in range(30)}
    assert seen == {"far", "near"}

    providers.does("far", whole(b"", 500))

    answers = [lone.ask(model="smart") for _ in range(10)]
    assert {answer.headers["x-purser-provider"] for answer in answers} == {"near"}


def several_credentials() -> None:
    sealed = {"credentials": [{"api_key": "sk-first-0123456789", "weight": 100}]}
    sealed["credentials"].append({"api_key": "sk-second-0123456789", "weight": 1})
    keys = SealingKeys.parse(os.environ["PURSER_SEALING_KEY"])
    far = catalog.Provider.objects.get(id="far")
    far.credential_sealed = keys.seal(sealed, "far")
    far.save()


def test_a_credential_that_is_used_up_is_followed_by_another_of_the_provider(
    plane: Plane, lone: Client, providers: Providers
):
    several_credentials()
    wait_for(lambda: plane.gateway.catalog.providers["far"].others)
    limited = whole({"error": {"message": "slow down"}}, 429, **{"retry-after": "30"})

    def script(asked: Asked) -> Scripted:
        is_first = "first" in asked.headers["authorization"]
        return limited if is_first else whole(ANSWER)

    providers.scripts["far"] = script

    answers = [lone.ask() for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    first = [asked for asked in providers.asked("far") if "first" in asked.headers["authorization"]]
    assert len(first) == 1, "it rests as long as it says"
    attempts = [record.attempts for record in booked().order_by("at")]
    assert max(len(each) for each in attempts) == 2
