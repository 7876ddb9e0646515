"""`POST /api/v1/cache-verdicts`: whether a question may have another's answer, and why (not)."""

from functools import cache
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controlplane.accounts.permissions import Resource
from controlplane.api.fields import Reference, Text
from controlplane.api.resources import ResourceView
from controlplane.api.serializers import StrictSerializer
from controlplane.caching.models import CacheEntry
from controlplane.caching.queries import standings
from controlplane.keys.models import VirtualKey
from dataplane.caching.judgement.prompt import CHARACTERS_MAX, read_prompt

if TYPE_CHECKING:
    from dataplane.caching.judgement.embedder import LocalEmbedder


class CacheVerdictSerializer(StrictSerializer):
    stored = Text(write_only=True, max_length=CHARACTERS_MAX, help_text="The question answered.")
    asked = Text(write_only=True, max_length=CHARACTERS_MAX, help_text="The question asked.")
    virtual_key = Reference(
        VirtualKey.objects.all(), required=False, write_only=True, help_text="Whose threshold."
    )


class CacheJudgementSerializer(StrictSerializer):
    guard = Text(allow_null=True, help_text="Which guard blocks; null: none.")
    score = serializers.FloatField(help_text="How sure one can be, 0 to 1; 0 where a guard blocks.")
    similarity = serializers.FloatField(help_text="The cosine, by the local embedder.")
    threshold = serializers.FloatField(allow_null=True, help_text="The key's; null: not proven.")
    is_served = serializers.BooleanField()
    explanation = Text()


class CacheVerdictView(ResourceView):
    """Judged as the data plane does it, with the local embedder; nothing is stored."""

    http_method_names = ["post", "options"]
    resource = Resource.CACHE_ENTRIES
    queryset = CacheEntry.objects.none()
    serializer_class = CacheJudgementSerializer
    requests = {"judge": CacheVerdictSerializer}
    answers = {"judge": CacheJudgementSerializer}

    def judge(self, request: Request) -> Response:
        """Whether one question may be answered by another's answer, and why (not)."""
        given = self.read(request)
        return Response(_judged(given["stored"], given["asked"], given.get("virtual_key")))


@cache
def _embedder() -> "LocalEmbedder":
    """Loaded by the first who asks: it brings numpy along, and 50 MB."""
    from dataplane.caching.judgement.embedder import LocalEmbedder

    return LocalEmbedder()


def _judged(stored: str, asked: str, key: VirtualKey | None) -> dict[str, Any]:
    from dataplane.caching.judgement.verdict import judge

    words = _embedder()
    cosine = float(words.embed(stored) @ words.embed(asked))
    verdict = judge(read_prompt(asked), read_prompt(stored), cosine, words)
    threshold = None if key is None else standings([key])[key.id].threshold
    return {
        "guard": verdict.guard,
        "score": round(verdict.score, 4),
        "similarity": round(verdict.cosine, 4),
        "threshold": threshold,
        "is_served": threshold is not None and verdict.score >= threshold > 0,
        "explanation": verdict.explain(),
    }
