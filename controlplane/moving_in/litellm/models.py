"""`model_list`: groups of deployments, each a name that several models here share by weight."""

from dataclasses import dataclass, field
from decimal import Decimal

from controlplane.moving_in.catalog import Catalog, WantedModel, is_name
from controlplane.moving_in.litellm.providers import Look, Providers
from controlplane.moving_in.litellm.vocabulary import (
    COSTS,
    INFO_LEFT,
    PARAMS_LEFT,
    vendor_and_model,
)
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.vendors import VENDORS
from controlplane.provisioning.values import RATE_QUANTUM, Wrong, whole

MILLION = Decimal(1_000_000)
# The first of these that a group's first deployment has is what its traffic is shared by.
SHARES = ("weight", "rpm", "tpm")
ALSO_PARAMS = ("model", "custom_llm_provider", "litellm_credential_name", *SHARES)


@dataclass(slots=True)
class Group:
    """A name that services ask for; `members` are the ids of models here."""

    name: str
    members: list[str] = field(default_factory=list)
    shared_by: str = ""


class ModelGroups:
    """Groups by name, and names of access groups with the groups that are in them."""

    def __init__(self, references: References) -> None:
        self.catalog = Catalog()
        self.by_name: dict[str, Group] = {}
        self.access_groups: dict[str, list[str]] = {}
        self._providers = Providers(self.catalog, references)
        self._credentials: dict[str, Part] = {}

    def name_credentials(self, listed: Part) -> None:
        for each in listed.items():
            self._credentials[each.get("credential_name").mapped("(looked up)").text()] = each
            each.get("credential_info").left("Providers have no such description.")

    def add(self, entry: Part) -> None:
        name = entry.get("model_name")
        params = entry.get("litellm_params")
        look = self._look(params)
        written = params.get("model").text()
        provider = params.get("custom_llm_provider").mapped("providers.kind").text()
        vendor_name, upstream, region = vendor_and_model(written, provider)
        if not name.text() or not written:
            entry.wrong("Needs 'model_name' and 'litellm_params.model'.")
            return
        if vendor_name not in VENDORS:
            why = "This vendor is not known here: add a provider of kind openai_compatible."
            entry.left(why)
            return
        provider_id = self._providers.of(look, entry, vendor_name, VENDORS[vendor_name], region)
        if provider_id:
            params.get("model").mapped(f"providers '{provider_id}', models.upstream_model")
            self._join(name, params, entry.get("model_info"), provider_id, upstream)

    def _look(self, params: Part) -> Look:
        named = self._credentials.get(params.get("litellm_credential_name").text())
        params.get("litellm_credential_name").mapped("(looked up)")
        values = named.get("credential_values") if named else None

        def look(name: str) -> Part:
            own = params.get(name)
            return own if own or values is None else values.get(name)

        return look

    def _join(self, name: Part, params: Part, info: Part, provider: str, upstream: str) -> None:
        group_name = name.text()
        if upstream.endswith("*"):
            self._wildcard(name, provider, upstream)
            self._say(params, info)
            return
        if not is_name(f"{provider}/{upstream}"):
            name.left("Its model's name has characters that names here cannot have.")
            return
        model = self.catalog.model(provider, upstream, params.node)
        group = self.by_name.setdefault(group_name, Group(group_name))
        if model.id not in group.members:
            group.members.append(model.id)
        self._alias(name, params, group, model)
        self._describe(model, params, info)
        self._access(info, group_name)
        self._say(params, info)

    def _wildcard(self, name: Part, provider: str, upstream: str) -> None:
        self.by_name.setdefault(name.text(), Group(name.text()))
        if name.text() in (f"{provider}/*", "*") and upstream == "*":
            name.mapped(f"the models of provider '{provider}' are known by its price list")
        else:
            name.approximated(f"ask for '{provider}/{upstream}': a name here has no wildcard")

    def _alias(self, name: Part, params: Part, group: Group, model: WantedModel) -> None:
        if not group.shared_by:
            said = (each for each in SHARES if params.get(each))
            group.shared_by = next(said, "(evenly)")
        share = params.get(group.shared_by).amount() if group.shared_by in SHARES else None
        for each in SHARES:
            if each == group.shared_by:
                params.get(each).approximated("models.aliases.weight: a share, not a limit")
            else:
                params.get(each).left("Limits of a deployment: its 429 moves on to the next.")
        if group.name == model.id:
            name.mapped("models.id")
        elif not is_name(group.name):
            name.left("This name has characters that names here cannot have.")
        else:
            model.aliases[group.name] = model.aliases.get(group.name, Decimal(0)) + (share or 1)
            name.mapped(f"models.aliases of '{model.id}'")

    def _describe(self, model: WantedModel, params: Part, info: Part) -> None:
        most = info.get("max_output_tokens").mapped("models.max_output_tokens").read(whole)
        model.max_output_tokens = most or model.max_output_tokens
        for source in (params, info):
            for name, rate in COSTS.items():
                if (cost := source.get(name)) and (usd := cost.read(per_million)) is not None:
                    if model.rates.setdefault(rate, usd) == usd:
                        cost.mapped(f"prices.{rate}")
                    else:
                        cost.approximated("another entry of this model names another price")

    def _access(self, info: Part, name: str) -> None:
        for group in info.get("access_groups").mapped("virtual_keys.allowed_models").texts():
            names = self.access_groups.setdefault(group, [])
            if name not in names:
                names.append(name)

    def _say(self, params: Part, info: Part) -> None:
        for source, reasons in ((params, PARAMS_LEFT), (info, INFO_LEFT)):
            for name, part in source.fields():
                if name in reasons:
                    part.left(reasons[name])


def per_million(node: object) -> Decimal:
    """A price of one token, however it is written, as ours of a million."""
    written = getattr(node, "text", "")
    try:
        value = Decimal(written) * MILLION if len(written) <= 64 else Decimal("NaN")
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**9:
        raise Wrong(node, "Must be a price from 0 on.")  # type: ignore[arg-type]
    return value.quantize(RATE_QUANTUM)
