"""Where a provider's keys are used, and with what: keys of one place are one provider here."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from controlplane.moving_in.catalog import host_of
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.vendors import Vendor, base_url
from controlplane.provisioning.reading.nodes import Fields
from controlplane.provisioning.shapes import plain_data

AWS_KEYS = {
    "access_key_id": "access_key",
    "secret_access_key": "secret_key",
    "session_token": "session_token",
}
# Where servers of one's own are said to be, in the keys of some kinds.
ADDRESSES = (("ollama_key_config", "url"), ("vllm_key_config", "url"), ("sgl_key_config", "url"))


@dataclass(slots=True)
class Place:
    """`told_by` tells it from the vendor's others; `keys` with the weights of their credentials."""

    fields: dict[str, Any]
    told_by: str
    keys: list[tuple[Part, dict[str, Any], Decimal]] = field(default_factory=list)


class Places:
    def __init__(self, name: str, vendor: Vendor, config: Part, references: References) -> None:
        self._name = name
        self._vendor = vendor
        self._config = config
        self._references = references
        self.found: dict[str, Place] = {}

    def read(self) -> None:
        keys = list(self._config.get("keys").items())
        for key in keys:
            self._add(key)
        if not keys:
            fields = self._fields(self._config)
            self.found["{}"] = Place({**fields, "credential": None}, "")

    def _add(self, key: Part) -> None:
        fields = self._fields(key)
        said = key.get("weight").mapped("providers.credential.weight").amount()
        weight = Decimal(1) if said is None else said
        if not weight:
            key.left("A key of weight 0 is never used.")
            return
        region, host = fields.get("region"), host_of(fields.get("base_url") or "")
        place = Place(fields, str(region or host))
        place = self.found.setdefault(json.dumps(fields, sort_keys=True), place)
        place.keys.append((key, self._credential(key), weight))

    def _fields(self, key: Part) -> dict[str, Any]:
        value = self._references.value
        network = self._config.get("network_config")
        given = network.get("base_url").mapped("providers.base_url")
        addresses = [key.get(name).get(part) for name, part in ADDRESSES]
        azure = key.get("azure_key_config")
        for part in (azure.get("endpoint"), *addresses):
            given = part.mapped("providers.base_url") if part else given
        address = base_url(self._name, self._vendor, value(given))
        fields: dict[str, Any] = {"kind": self._vendor.kind, "base_url": address or None}
        if version := azure.get("api_version").mapped("providers.extra_query"):
            fields["extra_query"] = {"api-version": value(version)}
        headers = network.get("extra_headers")
        if headers:
            fields["extra_headers"] = {
                name: value(part.mapped("providers.extra_headers"))
                for name, part in headers.fields()
            }
        return fields | self._region(key)

    def _region(self, key: Part) -> dict[str, Any]:
        value = self._references.value
        aws, google = key.get("bedrock_key_config"), key.get("vertex_key_config")
        found = {}
        if region := aws.get("region") or google.get("region"):
            found["region"] = value(region.mapped("providers.region"))
        if project := google.get("project_id"):
            found["project"] = value(project.mapped("providers.project"))
        return found

    def _credential(self, key: Part) -> dict[str, Any]:
        """Nothing said is the environment's, there as here."""
        secret, to = self._references.secret, "providers.credential"
        if self._vendor.kind == "bedrock":
            config = key.get("bedrock_key_config")
            keys = {n: secret(config.get(each).mapped(to)) for n, each in AWS_KEYS.items()}
            if any(keys.values()):
                return {name: each for name, each in keys.items() if each is not None}
        if self._vendor.kind == "vertex":
            account = key.get("vertex_key_config").get("auth_credentials").mapped(to)
            if account:
                is_object = isinstance(account.node, Fields)
                found = plain_data(account.node) if is_object else secret(account)
                return {"service_account": found}
        api_key = secret(key.get("value").mapped(to))
        return {} if api_key is None else {"api_key": api_key}
