"""`manage.py apply` and `manage.py export`, as whoever types them sees them."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from controlplane.accounts.models import Customer
from controlplane.keys.models import VirtualKey
from controlplane.provisioning.progress import ShownProgress
from tests.integration.provisioning.applying import CAPPED, PRODUCTION, apply

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def run(tmp_path):
    """Runs `apply` on a text; answers its exit code, and what it printed."""

    def run(text, *, name="file.yaml", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run_on(str(path), **options)

    return run


def run_on(path, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("apply", path, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return stopped.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_prints_the_plan_the_counts_and_the_new_secrets(run):
    code, out, err = run(CAPPED)

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "+ customers/acme_corp"
    assert lines[1] == (
        "+ virtual-keys/vk_acme_corp  customer: acme_corp, allowed_models: "
        '["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5-20251001"], '
        "rate_limit.requests_per_minute: 60"
    )
    assert lines[2].startswith("+ budgets/bud_")
    assert lines[2].endswith(
        " (virtual key vk_acme_corp, month)  limit_usd: 200.00, window: month, enforcement: hard"
    )
    assert lines[3] == "3 created, 0 unchanged."
    assert lines[4] == "The secrets of what is new, which are shown only here:"
    assert lines[5].startswith("  vk_acme_corp  sk-pur-")


def test_a_dry_run_prints_the_plan_without_secrets(run):
    code, out, _ = run(CAPPED, dry_run=True)

    assert code == 0
    assert "+ budgets/(new) (virtual key vk_acme_corp, month)" in out
    assert out.splitlines()[-1] == "3 to create, 0 unchanged."
    assert "sk-pur" not in out
    assert not VirtualKey.objects.exists()


def test_the_second_time_there_is_nothing_to_print(run):
    run(CAPPED)

    assert run(CAPPED) == (0, "Nothing to change: 2 unchanged.\n", "")


def test_changes_are_printed_field_by_field(run):
    run(CAPPED)
    budget = run("{}") and VirtualKey.objects.get().budgets.get().id

    _, out, _ = run(CAPPED.replace("200", "250").replace("60}", "null}"))

    assert out.splitlines() == [
        "~ virtual-keys/vk_acme_corp rate_limit.requests_per_minute: 60 → none",
        f"~ budgets/{budget} (virtual key vk_acme_corp, month) limit_usd: 200.00 → 250.00",
        "2 changed, 0 unchanged.",
    ]


def test_what_goes_is_printed_too(run):
    run("virtual_keys: [{id: vk, customer: acme}]")

    _, out, _ = run("customers: [{id: acme}]\nvirtual_keys: []", prune=True)

    assert out == "- virtual-keys/vk\n1 removed, 1 unchanged.\n"


def test_a_changed_credential_is_printed_as_that(run):
    run("providers: [{id: openai, kind: openai, credential: {api_key: sk-one}}]")

    _, out, _ = run("providers: [{id: openai, kind: openai, credential: {api_key: sk-two}}]")

    assert out == "~ providers/openai credential: (changed)\n1 changed, 0 unchanged.\n"


def test_a_wrong_file_exits_with_2_and_says_why_on_the_error_stream(run):
    code, out, err = run("virtual_keys:\n- {id: vk, custmer: acme}\ncustomers: [{id: a/b}]\n")

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "line 2, column 8: virtual_keys[0].id: Needs 'customer': there is none of this id yet.",
        "line 2, column 12: virtual_keys[0].custmer: Unknown field 'custmer'. Did you mean "
        "'customer'?",
        "line 3, column 18: customers[0].id: An id starts with a letter or digit and holds "
        "letters, digits, '.', '_' and '-'.",
        "Nothing was changed.",
    ]


def test_json_is_for_programs(run):
    _, out, _ = run(CAPPED, json=True)
    plan = json.loads(out)

    assert plan["counts"] == {"create": 3, "update": 0, "remove": 0, "unchanged": 0}
    assert [each["action"] for each in plan["changes"]] == ["create"] * 3
    assert plan["secrets"][0]["id"] == "vk_acme_corp"
    code, out, _ = run("foo: 1", json=True)
    assert code == 2
    assert json.loads(out)["error"]["problems"] == [
        {"line": 1, "column": 1, "path": "foo", "message": "Unknown field 'foo'."}
    ]


def test_a_file_may_be_json(run):
    run('{"customers": [{"id": "acme", "name": "\\ud83d\\ude00"}]}', name="file.json")

    assert Customer.objects.get().name == "😀"


def test_a_file_of_100_megabytes_is_not_read(run, tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    code, _, err = run_on(str(path))

    assert code == 2
    assert err.startswith("line 1, column 1: The file has more than 10,485,760 bytes: split it.")


@pytest.mark.parametrize("path", ["/no/such/file.yaml", "/tmp", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_sentence(path):
    code, _, err = run_on(path)

    assert code == 2
    assert "cannot be read" in err


def test_standard_input_is_a_file(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(b"customers: [{id: acme}]"))
    monkeypatch.setattr("sys.stdin", stream)

    assert run_on("-")[0] == 0
    assert Customer.objects.exists()


def test_nothing_that_a_file_holds_moves_the_cursor(run):
    run('customers: [{id: acme, name: "a\\e[31m\\r\\nb"}]')

    _, out, _ = run("customers: [{id: acme, name: c}]")

    assert out.splitlines()[0] == "~ customers/acme name: a\\x1b[31m\\r\\nb → c"


def test_lines_are_coloured_on_a_terminal_alone(run):
    assert "\x1b[" not in run(CAPPED, dry_run=True)[1]
    assert "\x1b[" in run(CAPPED, dry_run=True, force_color=True)[1]


def test_progress_of_many_is_shown_on_the_error_stream(run, capsys):
    text = "customers:\n" + "".join(f"- {{id: c-{n}, name: {'x' * 50}}}\n" for n in range(1200))

    assert run(text, dry_run=True)[0] == 0

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("reading ")
    assert lines[2] == "customers: 0 of 1,200"
    assert lines[-1] == "customers: 1,200 of 1,200"


def test_progress_rewrites_its_line_on_a_terminal():
    stream = io.StringIO()
    stream.isatty = lambda: True
    progress = ShownProgress(stream)

    progress("virtual keys", 0, 10_000)
    progress("virtual keys", 10_000, 10_000)
    progress.end()

    assert stream.getvalue().startswith("\rvirtual keys: 0 of 10,000\rvirtual keys: 10,000 of")
    assert stream.getvalue().endswith("\r")


def exported(**options):
    out = io.StringIO()
    call_command("export", stdout=out, **options)
    return out.getvalue()


def test_an_export_is_a_file_to_apply(run):
    apply(PRODUCTION)

    assert run(exported()) == (0, "Nothing to change: 3 unchanged.\n", "")


def test_an_export_of_one_customer_has_nothing_of_others():
    apply("customers: [{id: acme, budget: {daily_usd: 1}}, {id: rival, budget: {daily_usd: 2}}]")
    apply("teams: [{id: t-acme, customer: acme}, {id: t-rival, customer: rival}]")

    text = exported(customer="acme")

    assert "rival" not in text
    assert "providers:" not in text
    assert apply(text).plan.is_empty
    assert apply(text, prune=True).plan.is_empty
    with pytest.raises(CommandError, match="There is no customer"):
        exported(customer="nobody")
