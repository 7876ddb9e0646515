"""Who asks the control plane: alice may do all, bob is an engineer, mallory is a rival's."""

import json
from typing import Any

from django.test import Client

API = "/api/v1/"


class Caller:
    """A program with an API token; paths are those below `/api/v1/`."""

    def __init__(self, secret: str | None) -> None:
        self.secret = secret
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        self._client = Client(SERVER_NAME="localhost", headers=headers)

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self._client.get(API + path, query, headers=headers)

    def follow(self, url: str) -> Any:
        """What `next` leads to."""
        return self._client.get(url)

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("post", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self.send("put", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("patch", path, body)

    def delete(self, path: str) -> Any:
        return self._client.delete(API + path)

    def send(
        self, method: str, path: str, body: Any, content_type: str = "application/json"
    ) -> Any:
        """A body that is bytes goes out as it is."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        return getattr(self._client, method)(API + path, raw, content_type=content_type)

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        """Creates what the test is not about."""
        answer = self.post(path, fields)
        assert answer.status_code == 201, answer.content
        return answer.json()


def caller(role: str = "admin", customer_id: str | None = None) -> Caller:
    # Fixtures name this module before Django is set up.
    from controlplane.accounts.models import Customer
    from controlplane.accounts.services import issue_token

    customer = Customer.objects.get_or_create(id=customer_id)[0] if customer_id else None
    return Caller(issue_token(name=role, role=role, customer=customer).secret)


def refusal(answer: Any, status: int = 400) -> dict[str, Any]:
    """The error of an answer that had to be refused."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    return error
