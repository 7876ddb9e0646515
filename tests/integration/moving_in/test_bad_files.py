"""Files that cannot be taken over change nothing, and say where they are wrong."""

import pytest

from controlplane.accounts.models import Customer
from controlplane.keys.models import VirtualKey
from tests.integration.moving_in.moving import moved, run

HASH = "a" * 64


@pytest.fixture
def refused(database, tmp_path):
    """What is printed of a file that is refused."""

    def refused(text, *, name="config.yaml", command="import_litellm"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        code, out, err = run(command, path, apply=True)
        assert (code, out) == (2, ""), out
        assert not VirtualKey.objects.exists()
        return err

    return refused


@pytest.mark.parametrize("command", ["import_litellm", "import_bifrost"])
@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("model_list: [", "a.yaml", "a.yaml: line 2, column 1: This is not YAML"),
        ('{"a": }', "a.json", "a.json: line 1, column 7: This is not JSON"),
        ("", "a.yaml", "The file is empty."),
        (b"\xff\xfe", "a.json", "not UTF-8"),
        ("a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: *c", "a.yaml", "names nothing"),
        ("[" * 100, "a.json", "Nested deeper than 32 levels."),
    ],
)
def test_what_cannot_be_read_is_refused(refused, command, text, name, said):
    assert said in refused(text, name=name, command=command)


def test_a_yaml_bomb_is_refused(refused):
    lines = ["model_list: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]" for n in range(1, 9)]

    assert "with every alias written out" in refused("\n".join(lines))


def test_a_file_of_100_megabytes_is_not_read(database, tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    code, _, err = run("import_litellm", path)

    assert (code, err.startswith("huge.json: The file has more than 10,485,760 bytes")) == (2, True)


def test_each_problem_names_file_line_and_path(refused):
    err = refused(
        "model_list:\n- model_name: x\n  litellm_params: {model: azure/x}\n- {model_name: y}\n"
    )

    assert err.splitlines() == [
        "config.yaml: line 2, column 3: model_list[0]: A deployment of 'azure' needs 'api_base'.",
        "config.yaml: line 4, column 3: model_list[1]: Needs 'model_name' and "
        "'litellm_params.model'.",
        "Nothing was changed.",
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"token": "short"}', "Needs 'token': 64 hexadecimal digits"),
        (f'"{HASH}"', "return_full_object=true"),
        (f'{{"token": "{HASH}", "max_budget": -1}}', "Must be an amount of US dollars from 0 on."),
        (f'{{"token": "{HASH}", "rpm_limit": "many"}}', "Must be a whole number."),
        (f'{{"token": "{HASH}", "models": "gpt-4o"}}', "Must be a list."),
        (f'{{"token": "{HASH}", "expires": "soon"}}', "Must be a date and time."),
        (f'{{"token": "{HASH}"}}, {{"token": "{HASH}"}}', "This secret cannot be used"),
        ('{"odd": 1}', "No row of LiteLLM's"),
    ],
)
def test_a_wrong_key_is_refused(refused, row, said):
    assert said in refused(f'{{"keys": [{row}]}}', name="keys.json")


def test_a_missing_variable_is_named(refused):
    entry = "{model: openai/x, api_key: os.environ/NO_SUCH_VARIABLE}"
    err = refused(f"model_list:\n- model_name: x\n  litellm_params: {entry}")

    assert "The environment has no variable NO_SUCH_VARIABLE" in err


def test_teams_twice_are_refused(refused):
    team = '{"team_id": "t", "team_alias": null}'

    assert "The id 't' is here twice" in refused(f"[{team}, {team}]", name="teams.json")


def test_ids_of_any_length_and_letters_are_taken(database, tmp_path):
    path = tmp_path / "organizations.json"
    ids = ["x" * 300, "a/b c", "Ünïcode", "'; DROP TABLE"]
    rows = ",".join(f'{{"organization_id": "{each}", "organization_alias": null}}' for each in ids)
    path.write_text(f"[{rows}]")

    moved("import_litellm", path)

    assert Customer.objects.count() == 4
    assert moved("import_litellm", path)["changes"] == []


def test_a_table_as_csv_is_read_as_postgresql_writes_it(database, tmp_path):
    path = tmp_path / "LiteLLM_VerificationToken.csv"
    path.write_text(
        "token,key_name,key_alias,models,metadata,blocked,expires,max_budget\n"
        f'{HASH},sk-...abcd,csv,"{{gpt-4o,claude}}","{{""code"": ""B-17""}}",f,2030-01-01 0:00,9\n'
    )

    moved("import_litellm", path, customer="acme")

    key = VirtualKey.objects.get()
    assert (key.id, key.customer_id, key.is_active) == ("csv", "acme", True)
    assert (key.allowed_models, key.metadata) == (["gpt-4o", "claude"], {"code": "B-17"})
    assert key.budgets.get().window == "lifetime"
