"""Looking at a provider: with each credential, its list of models and one short call at once."""

import asyncio

from dataplane.errors import GatewayError
from dataplane.media.fetcher import MediaFetcher
from dataplane.media.rules import MediaRules
from dataplane.probe import questions
from dataplane.probe.asking import Asker, Outcome, failed
from dataplane.probe.listings import NotListed, list_request, names_in
from dataplane.probe.loading import Subject
from dataplane.probe.report import MESSAGE_LENGTH_MAX, Check, Part, Report, summed_up
from dataplane.providers.base import CredentialUnusable, UpstreamRequest
from dataplane.providers.bedrock.credentials import AwsCredentials
from dataplane.providers.vertex.access_tokens import AccessTokens
from dataplane.request import Endpoint
from dataplane.settings import Settings
from dataplane.snapshot.model import Deployment
from dataplane.translation.registry import WireFormats
from dataplane.upstream.client import UpstreamClient

# Together they are less than whoever asked is ready to wait.
PREPARING_SECONDS = 8.0
LIST_SECONDS = 10.0
CALL_SECONDS = 15.0
# A server without a list is no worse for it.
NO_LIST_STATUSES = frozenset({404, 405, 501})
# A model that thinks has used the limit up before it says anything; it works.
RAN_OUT = "output limit was reached"
WORKS = {
    Part.CREDENTIALS: "The provider takes it.",
    Part.MODELS: "It lists its models.",
    Part.CALL: "It answered.",
}
NO_MODEL = "No model is configured there, and none was named."


class Looker:
    """What asking needs, made once."""

    def __init__(self, settings: Settings, client: UpstreamClient) -> None:
        self._media = MediaFetcher(MediaRules.from_settings(settings))
        default = settings.output_tokens_default
        self._formats = WireFormats(self._media, AccessTokens(), output_tokens_default=default)
        self._aws = AwsCredentials()
        self._client = client

    async def aclose(self) -> None:
        await self._media.aclose()

    async def look(self, subject: Subject) -> Report:
        """With every credential at once."""
        found = await asyncio.gather(
            *(self._with_one(each, subject.model) for each in subject.deployments)
        )
        checks = [check for several, _ in found for check in several]
        models = next((names for _, names in found if names), [])
        return summed_up(checks, models, subject.model)

    async def _with_one(
        self, deployment: Deployment, model: str | None
    ) -> tuple[list[Check], list[str]]:
        (listed, names), called = await asyncio.gather(
            self._listed(deployment), self._called(deployment, model)
        )
        index = deployment.provider.credential_index
        return [
            _check(Part.CREDENTIALS, index, _of_the_credential(listed, called)),
            _check(Part.MODELS, index, _excused(listed, called)),
            _check(Part.CALL, index, called),
        ], names

    async def _listed(self, deployment: Deployment) -> tuple[Outcome, list[str]]:
        """The models, and how asking for them went."""
        prepared = await self._prepared(deployment, Endpoint.CHAT_COMPLETIONS)
        if isinstance(prepared, Outcome):
            return prepared, []
        asker, request = prepared
        try:
            url, headers = await list_request(deployment.provider, request, self._aws)
        except NotListed as reason:
            return Outcome(message=str(reason)), []
        except CredentialUnusable as error:
            return _unusable(error), []
        outcome = await asker.get(url, headers, LIST_SECONDS)
        if outcome.status in NO_LIST_STATUSES:
            return Outcome(outcome.ms, message="It has no list of models."), []
        if outcome.body is None:
            return outcome, []
        try:
            names = names_in(outcome.body, deployment.provider.kind)
        except ValueError:
            return failed(outcome.ms, "answer_unusable"), []
        return outcome, names

    async def _called(self, deployment: Deployment, model: str | None) -> Outcome:
        if model is None:
            return Outcome(message=NO_MODEL)
        prepared = await self._prepared(deployment, questions.endpoint_of(model))
        if isinstance(prepared, Outcome):
            return prepared
        asker, request = prepared
        outcome = await asker.post(request, CALL_SECONDS)
        if RAN_OUT in outcome.message:
            return Outcome(outcome.ms, body=b"", status=outcome.status)
        return outcome

    async def _prepared(
        self, deployment: Deployment, endpoint: Endpoint
    ) -> tuple[Asker, UpstreamRequest] | Outcome:
        """How the provider is asked, which takes a credential that can be used."""
        call = questions.question(deployment, endpoint)
        try:
            wire = self._formats.find(endpoint, deployment)
            async with asyncio.timeout(PREPARING_SECONDS):
                request = await wire.request(call, deployment)
        except CredentialUnusable as error:
            return _unusable(error)
        except TimeoutError:
            return _unusable("its token service does not answer")
        except GatewayError as error:
            return Outcome(error_code=error.code, message=error.message)
        except UnicodeEncodeError:
            return Outcome(error_code="invalid_header", message="A header cannot be sent as it is.")
        return Asker(self._client, wire, deployment, call), request


def _unusable(why: object) -> Outcome:
    return Outcome(
        error_code="credential_unusable",
        message=f"The credential cannot be used: {why}.",
        is_the_credentials=True,
    )


def _of_the_credential(*outcomes: Outcome) -> Outcome:
    """Told from what became of the requests that carried it."""
    if answered := [each for each in outcomes if each.body is not None]:
        return answered[0]
    if refused := [each for each in outcomes if each.is_the_credentials]:
        return refused[0]
    return Outcome(message="It could not be told: nothing was answered.")


def _excused(listed: Outcome, called: Outcome) -> Outcome:
    """A credential that may call but not list is as good as any."""
    if listed.error_code is not None and called.body is not None:
        return Outcome(listed.ms, message=listed.message)
    return listed


def _check(name: Part, index: int, outcome: Outcome) -> Check:
    is_answered = outcome.body is not None
    return Check(
        name=name,
        credential_index=index,
        ok=True if is_answered else None if outcome.error_code is None else False,
        ms=outcome.ms,
        error_code=outcome.error_code,
        message=WORKS[name] if is_answered else outcome.message[:MESSAGE_LENGTH_MAX],
    )
