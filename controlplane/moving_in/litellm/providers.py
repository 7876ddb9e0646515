"""The provider behind one entry of `model_list`: where it is called, and with which credential."""

from collections.abc import Callable
from typing import Any

from controlplane.catalog.validators import RESERVED_HEADERS
from controlplane.moving_in.catalog import Catalog, host_of
from controlplane.moving_in.part import Part
from controlplane.moving_in.references import References
from controlplane.moving_in.vendors import Vendor, base_url
from controlplane.provisioning.reading.nodes import Fields
from controlplane.provisioning.shapes import plain_data

Look = Callable[[str], Part]
"""A parameter of an entry by its name: its own, or that of the credential it names."""
AWS_KEYS = {
    "access_key_id": "aws_access_key_id",
    "secret_access_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
}


class Providers:
    """Finds or adds the provider of each deployment."""

    def __init__(self, catalog: Catalog, references: References) -> None:
        self._catalog = catalog
        self._references = references

    def of(self, look: Look, at: Part, name: str, vendor: Vendor, region: str) -> str:
        """Its id, or nothing where the entry lacks what the kind needs."""
        value = self._references.value
        url = look("api_base") or look("base_url")
        address = base_url(name, vendor, value(url.mapped("providers.base_url")))
        if vendor.needs_url and not address:
            at.wrong(f"A deployment of '{name}' needs 'api_base'.")
            return ""
        fields: dict[str, Any] = {"kind": vendor.kind, "base_url": address or None}
        fields |= self._placed(look, vendor, region)
        fields["credential"] = self._credential(look, vendor)
        fields["extra_headers"] = self._headers(look) or None
        if vendor.kind == "bedrock" and not (fields["region"] or address):
            at.wrong("A deployment of Bedrock needs 'aws_region_name'.")
            return ""
        told_by = fields.get("region") or host_of(address) or _variable(fields["credential"])
        return self._catalog.provider(name, at.node, told_by, fields)

    def _placed(self, look: Look, vendor: Vendor, region: str) -> dict[str, Any]:
        value = self._references.value
        if vendor.kind == "bedrock":
            named = value(look("aws_region_name").mapped("providers.region"))
            return {"region": region or named or None}
        if vendor.kind == "vertex":
            project = look("vertex_project").mapped("providers.project")
            location = look("vertex_location").mapped("providers.region")
            return {"region": value(location) or "us-central1", "project": value(project) or None}
        version = value(look("api_version")) if vendor.kind == "azure_openai" else ""
        if version:
            look("api_version").mapped("providers.extra_query")
            return {"extra_query": {"api-version": version}}
        return {}

    def _credential(self, look: Look, vendor: Vendor) -> dict[str, Any]:
        """Nothing said is the environment's, there as here."""
        secret, to = self._references.secret, "providers.credential"
        if vendor.kind == "bedrock":
            keys = {n: secret(look(each).mapped(to)) for n, each in AWS_KEYS.items()}
            if not any(keys.values()) and (profile := look("aws_profile_name").mapped(to)):
                return {"profile": secret(profile)}
            return {name: each for name, each in keys.items() if each is not None}
        if vendor.kind == "vertex" and (account := look("vertex_credentials").mapped(to)):
            return {"service_account": self._account(account)}
        api_key = secret(look("api_key").mapped(to))
        return {} if api_key is None else {"api_key": api_key}

    def _account(self, part: Part) -> Any:
        """A key file: its path, its text, an object, or a variable that holds its text."""
        if isinstance(part.node, Fields):
            return plain_data(part.node)
        found = self._references.secret(part)
        return {"file": found} if isinstance(found, str) and found.startswith("/") else found

    def _headers(self, look: Look) -> dict[str, str]:
        headers = {}
        if organization := look("organization"):
            name = "OpenAI-Organization"
            headers[name] = self._references.value(organization.mapped("providers.extra_headers"))
        for source in (look("extra_headers"), look("headers")):
            for name, part in source.fields():
                if name.lower() in RESERVED_HEADERS:
                    part.left("The gateway or the credential sets this header.")
                else:
                    headers[name] = self._references.value(part.mapped("providers.extra_headers"))
        return headers


def _variable(credential: dict[str, Any]) -> str:
    """The name of a variable tells credentials apart; what is written in the file is not shown."""
    for part in credential.values():
        if isinstance(part, dict) and isinstance(part.get("env"), str):
            return str(part["env"])
    return ""
