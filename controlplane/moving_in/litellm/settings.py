"""The settings of a `config.yaml` beside its models: fallbacks, names of names, what is left."""

from controlplane.moving_in.litellm.models import Group, ModelGroups
from controlplane.moving_in.litellm.vocabulary import (
    SETTING_LEFT,
    SETTINGS_LEFT,
    STRATEGIES_MAPPED,
)
from controlplane.moving_in.part import Part
from controlplane.provisioning.reading.nodes import Fields

TO_FALLBACKS = "virtual_keys.fallbacks: tried for whatever a key asks for that may call both"
NO_KEYS = "Fallbacks are a key's, and these files have no keys."
TOO_LONG = "A request that is too long for its model is refused: ask for the longer one by name."
ALWAYS = "*"


class Fallbacks:
    """Groups that stand in for others, by name; those of `*` for any."""

    def __init__(self) -> None:
        self.by_group: dict[str, list[str]] = {}
        self._parts: list[Part] = []

    def read(self, listed: Part) -> None:
        """`[{group: [others]}]`."""
        for entry in listed.items():
            for name, others in entry.fields():
                self.add(name, others)

    def add(self, name: str, others: Part) -> None:
        self._parts.append(others)
        known = self.by_group.setdefault(name, [])
        known += [each for each in others.texts() if each not in known]

    def say(self, *, has_keys: bool) -> None:
        for part in self._parts:
            part.approximated(TO_FALLBACKS) if has_keys else part.left(NO_KEYS)


class Settings:
    def __init__(self, config: Part, groups: ModelGroups, fallbacks: Fallbacks) -> None:
        self._config = config
        self._groups = groups
        self._fallbacks = fallbacks
        self.timezone = ""

    def read(self) -> None:
        for section in ("litellm_settings", "router_settings"):
            settings = self._config.get(section)
            self._leave(settings, section)
            self._fallbacks.read(settings.get("fallbacks"))
            defaults = settings.get("default_fallbacks")
            if defaults:
                self._fallbacks.add(ALWAYS, defaults)
            settings.get("context_window_fallbacks").left(TOO_LONG)
            self._rename(settings.get("model_group_alias"))
        for section in set(SETTINGS_LEFT) - {"litellm_settings", "router_settings"}:
            self._leave(self._config.get(section), section)
        zone = self._config.get("litellm_settings").get("timezone").mapped("budgets.timezone")
        self.timezone = zone.text()
        strategy = self._config.get("router_settings").get("routing_strategy")
        if strategy.text() in STRATEGIES_MAPPED:
            strategy.mapped("models.aliases.weight")

    def _leave(self, settings: Part, section: str) -> None:
        settings.left(SETTINGS_LEFT[section])
        if isinstance(settings.node, Fields) and settings.is_there:
            for name, part in settings.fields():
                part.left(SETTING_LEFT.get(f"{section}.{name}", SETTINGS_LEFT[section]))

    def _rename(self, names: Part) -> None:
        """`{name: group}` or `{name: {model: group, hidden: …}}`."""
        for name, value in names.fields():
            target = value.get("model") if isinstance(value.node, Fields) else value
            group = self._groups.by_name.get(target.text())
            if group is None or not group.members or name in self._groups.by_name:
                value.left("No group of this name, or one that has its other name, too.")
                continue
            members = [self._groups.catalog.models[each] for each in group.members]
            for model in members:
                model.aliases[name] = model.aliases.get(group.name, 1)  # type: ignore[arg-type]
            self._groups.by_name[name] = Group(name, list(group.members))
            target.mapped("models.aliases")
            value.get("hidden").left("Every name is listed by /v1/models.")
