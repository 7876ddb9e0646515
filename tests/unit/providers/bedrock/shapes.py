"""Bedrock's own description of its requests, as botocore has it: what a body must look like."""

import base64
import json
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator


@cache
def service() -> ServiceModel:
    return botocore.session.Session().get_service_model("bedrock-runtime")


def assert_valid(operation: str, body: dict[str, Any]) -> None:
    """It has the fields, types, enumerations and lengths that Bedrock's model asks for."""
    shape = service().operation_model(operation).input_shape
    parameters = _python(body, shape)
    report = ParamValidator().validate({"modelId": "m", **parameters}, shape)
    assert not report.has_errors(), report.generate_report()
    # And it survives the wire.
    assert isinstance(json.dumps(parameters, default=lambda data: data.hex()), str)


def _python(value: Any, shape: Shape) -> Any:
    """As Python code would give it to botocore: bytes where the wire has base64."""
    if shape.type_name == "blob":
        return base64.b64decode(value, validate=True)
    if shape.type_name == "structure" and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return value
        members = shape.members
        return {
            name: _python(each, members[name]) if name in members else each
            for name, each in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_python(each, shape.member) for each in value]
    if allowed := getattr(shape, "enum", None):
        assert value in allowed, f"{value!r} is none of {allowed}"
    return value
