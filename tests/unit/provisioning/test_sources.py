"""Where secrets come from, and that no message repeats one."""

import json

import pytest

from controlplane.accounts.permissions import Resource
from controlplane.provisioning.desired import read_desired
from controlplane.provisioning.reading import Format
from controlplane.provisioning.sources import SECRET_BYTES_MAX, NoSources, OwnSources

ACCOUNT = {"client_email": "a@b", "private_key": "-----BEGIN"}


def read(credential, sources):
    text = f"providers:\n- id: p\n  kind: openai\n  credential: {credential}\n"
    return read_desired(text.encode(), Format.YAML, sources)


def opened(credential, sources=None):
    found = read(credential, sources or OwnSources())
    assert found.problems == []
    return found.entries[Resource.PROVIDERS][0].values["credential"]


def problem(credential, sources=None):
    (found,) = read(credential, sources or OwnSources()).problems
    return str(found)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SOME_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("SOME_ACCOUNT", json.dumps(ACCOUNT))
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("MISSING", raising=False)
    (tmp_path / "key").write_text("sk-of-a-file\n")
    (tmp_path / "account.json").write_text(json.dumps(ACCOUNT))
    (tmp_path / "large").write_text("x" * (SECRET_BYTES_MAX + 1))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("credential", "value"),
    [
        ("{api_key: sk-written}", {"api_key": "sk-written"}),
        ("{api_key: ${SOME_API_KEY}}", {"api_key": "sk-of-the-environment"}),
        ("{api_key: '${SOME_API_KEY}'}", {"api_key": "sk-of-the-environment"}),
        ("{api_key: {env: SOME_API_KEY}}", {"api_key": "sk-of-the-environment"}),
        ("{service_account: {env: SOME_ACCOUNT}}", {"service_account": ACCOUNT}),
        ("{service_account: ${SOME_ACCOUNT}}", {"service_account": ACCOUNT}),
        (
            "{service_account: {client_email: a@b, private_key: x}}",
            {"service_account": {"client_email": "a@b", "private_key": "x"}},
        ),
        (
            "{credentials: [{api_key: ${SOME_API_KEY}, weight: 2}, {api_key: b}]}",
            {"credentials": [{"api_key": "sk-of-the-environment", "weight": 2}, {"api_key": "b"}]},
        ),
        ("{}", {}),
        ("null", None),
    ],
)
def test_a_credential_is_written_or_referred_to(credential, value):
    assert opened(credential) == value


def test_a_secret_may_be_in_a_file(tmp_path):
    assert opened(f"{{api_key: {{file: {tmp_path}/key}}}}") == {"api_key": "sk-of-a-file"}
    found = opened(f"{{service_account: {{file: {tmp_path}/account.json}}}}")
    assert found == {"service_account": ACCOUNT}


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        ("{api_key: ${MISSING}}", "The environment has no variable MISSING, or it is empty."),
        ("{api_key: {env: EMPTY}}", "The environment has no variable EMPTY, or it is empty."),
        ("{api_key: {env: ''}}", "Must be a name."),
        ("{api_key: x${SOME_API_KEY}}", "A reference is the whole value"),
        ("{api_key: {file: key}}", "The path of a secret's file begins with '/'."),
        ("{api_key: {file: /no/such}}", "The secret's file cannot be read: No such file"),
        ("{api_key: {file: /tmp}}", "The secret's file cannot be read: Is a directory."),
        ("{api_key: {environment: X}}", "Must be a text, {env: NAME} or {file: /path}."),
        ("{api_key: {env: A, file: /b}}", "Must be a text, {env: NAME} or {file: /path}."),
        ("{api_key: null}", "Must be a text."),
        ("{service_account: ${SOME_API_KEY}}", "What this names is not a JSON object."),
    ],
)
def test_a_reference_that_leads_nowhere_is_named_with_its_line(credential, message):
    found = problem(credential)

    assert found.startswith("line 4, column ")
    assert message in found
    assert "providers[0].credential." in found
    assert "sk-of" not in found


@pytest.mark.parametrize("name", ["large", "binary"])
def test_a_file_that_holds_no_secret_is_refused(tmp_path, name):
    assert "The secret's file" in problem(f"{{api_key: {{file: {tmp_path}/{name}}}}}")


@pytest.mark.parametrize(
    "credential",
    [
        "{api_key: ${SOME_API_KEY}}",
        "{api_key: {env: SOME_API_KEY}}",
        "{api_key: {file: /etc/passwd}}",
    ],
)
def test_whoever_comes_over_the_network_reads_no_environment_and_no_files(credential):
    assert "only 'manage.py apply' reads" in problem(credential, NoSources())
