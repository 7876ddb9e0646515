"""Reading stored content."""

from dataclasses import dataclass

from django.conf import settings

from controlplane.accounts.permissions import Principal, visible
from controlplane.content.models import StoredContent
from controlplane.errors import Conflict
from dataplane.contract.credentials import CredentialUnreadable, SealingKeys


@dataclass(frozen=True)
class Opened:
    """The texts of one request and its answer, as the client sent and got them."""

    stored: StoredContent
    request: str
    answer: str


def find_content(request_id: str, principal: Principal | None) -> StoredContent | None:
    """What is stored of a request, if the viewer may know of it."""
    return visible(StoredContent.objects.filter(pk=request_id), principal).first()


def opened(stored: StoredContent) -> Opened:
    """Raises `Conflict` where it was sealed with a key that is gone."""
    keys = SealingKeys.parse(settings.SEALING_KEY)
    try:
        texts = keys.open(bytes(stored.sealed), stored.request_id)
    except CredentialUnreadable as error:
        raise Conflict(
            "content_unreadable", "This content was sealed with a key that is not here any more."
        ) from error
    return Opened(stored, texts["request"], texts["answer"])
