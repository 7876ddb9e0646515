"""Whatever is sealed is sealed anew when the key is changed."""

import re
from pathlib import Path

from django.apps import apps
from django.db import models

from controlplane.sealing import sealed_columns

ROOT = Path(__file__).parents[2]
SEALS = re.compile(r"\.seal\(|\bseal\(")
# Who seals, and in which columns it ends up: whoever seals something else says so here, and in a
# `sealed.py`.
SEALED_BY = {
    "controlplane/accounts/sign_in/adapters.py": {"mfa.authenticator.data"},
    "controlplane/catalog/credentials.py": {"catalog.provider.credential_sealed"},
    "controlplane/catalog/services.py": {"catalog.provider.credential_sealed"},
    "controlplane/idempotency/services.py": {"idempotency.keptanswer.sealed"},
    "controlplane/notices/services.py": {"notices.channel.credential_sealed"},
    "dataplane/caching/entries.py": {
        "caching.cacheentry.sealed",
        "caching.cacheentry.question_sealed",
    },
    "dataplane/content.py": {"content.storedcontent.sealed"},
}
KEYS = "dataplane/contract/credentials.py"


def test_every_sealed_column_is_in_a_sealed_module():
    named = {each.name for each in sealed_columns()}
    columns = {
        f"{model._meta.label_lower}.{field.attname}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and "sealed" in field.attname
    }

    assert columns - named == set(), "say in the app's sealed.py what it opens at"
    assert named == set().union(*SEALED_BY.values())


def test_whoever_seals_is_known():
    found = {
        str(path.relative_to(ROOT))
        for plane in ("controlplane", "dataplane")
        for path in (ROOT / plane).rglob("*.py")
        if SEALS.search(path.read_text())
    }

    assert found - {KEYS} == set(SEALED_BY)
