"""Everything that is held of a customer, in one archive."""

import asyncio
import io
import json
from zipfile import ZipFile

import pytest

from controlplane.accounts.services import issue_token
from controlplane.personal_data import holdings
from controlplane.privacy.export import customer_archive
from tests import builders
from tests.integration.privacy.test_erasing import SECRET, furnish
from tests.personas import Caller, caller

pytestmark = pytest.mark.usefixtures("database")


def opened(chunks):
    archive = ZipFile(io.BytesIO(b"".join(chunks)))
    assert archive.testzip() is None
    return {
        name.removesuffix(".jsonl"): [json.loads(line) for line in archive.read(name).splitlines()]
        for name in archive.namelist()
    }


def test_all_that_is_held_is_in_it_without_secrets_and_nothing_of_others():
    furnish("acme")
    furnish("rival", "Robert")

    found = opened(customer_archive("acme"))

    assert set(found) == {each.name for each in holdings()} - {"kept-answers"}
    assert len(found["usage"]) == 40
    assert found["customer"][0]["name"] == f"{SECRET} GmbH"
    assert found["members"][0]["email"] == f"{SECRET}@example.com"
    assert found["audit-log"]
    assert found["usage"][1]["cost_usd"] == "0.000001"
    text = json.dumps(found)
    assert "Robert" not in text
    assert "rival" not in text
    assert not {"password", "secret_hash", "sealed"} & {
        name for rows in found.values() for row in rows for name in row
    }


def test_pages_follow_each_other_without_gap_or_repeat(monkeypatch):
    monkeypatch.setattr("controlplane.privacy.export.PAGE_ROWS", 7)
    ids = builders.usage_records([{"metadata": {"n": n}} for n in range(100)])

    found = opened(customer_archive("acme"))

    assert sorted(row["request_id"] for row in found["usage"]) == sorted(ids)


def test_administrators_have_it_and_those_of_a_customer_their_own(alice, mallory):
    furnish("acme")
    own = caller("admin", "acme")

    for who in (alice, own):
        answer = who.get("customers/acme/export")
        assert answer["content-type"] == "application/zip"
        assert opened([_read(answer)])["customer"]
    assert mallory.get("customers/acme/export").status_code == 404
    for role in ("engineer", "finance", "auditor"):
        assert caller(role).get("customers/acme/export").status_code == 403
    assert alice.get("customers/nobody/export").status_code == 404


def _read(answer):
    async def read():
        return b"".join([chunk async for chunk in answer])

    return asyncio.run(read())


def test_whoever_sees_one_team_has_neither_the_archive_nor_the_content():
    customer = furnish("acme")
    told = {"customer": customer, "team": customer.teams.get()}
    bound = Caller(issue_token(name="t", role="admin", **told).secret)

    assert bound.get("customers/acme/export").status_code == 403
    assert bound.get("erasures").status_code == 403
    assert bound.get("usage/req_1/content").status_code == 403
