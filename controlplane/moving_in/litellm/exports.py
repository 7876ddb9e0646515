"""Which of LiteLLM's files a file is: its configuration, or rows, told by their fields."""

from collections.abc import Iterator
from enum import Enum

from controlplane.moving_in.coverage import Coverage
from controlplane.moving_in.litellm.vocabulary import PAGED, SETTINGS_LEFT
from controlplane.moving_in.part import Part
from controlplane.provisioning.reading.nodes import Fields, Items

SECTIONS = frozenset({"model_list", "credential_list", *SETTINGS_LEFT})


class Rows(Enum):
    CONFIG = "config.yaml"
    MODELS = "models"
    KEYS = "keys"
    TEAMS = "teams"
    ORGANIZATIONS = "organizations"
    BUDGETS = "budgets"
    USERS = "users"
    END_USERS = "end users"


# The first whose fields a row all has.
TOLD_BY = (
    (Rows.MODELS, {"model_name", "litellm_params"}),
    (Rows.KEYS, {"token"}),
    (Rows.KEYS, {"key_alias", "key_name"}),
    (Rows.TEAMS, {"team_id", "team_alias"}),
    (Rows.TEAMS, {"team_id", "members_with_roles"}),
    (Rows.ORGANIZATIONS, {"organization_id", "organization_alias"}),
    (Rows.USERS, {"user_id", "user_role"}),
    (Rows.USERS, {"user_id", "user_email"}),
    (Rows.END_USERS, {"user_id", "allowed_model_region"}),
    (Rows.END_USERS, {"user_id", "alias"}),
    (Rows.BUDGETS, {"budget_id", "max_budget"}),
)


def rows_of(coverage: Coverage) -> Iterator[tuple[Rows, Part]]:
    """What a file has; a configuration is one row."""
    top = Part(coverage.root, "", coverage)
    if isinstance(top.node, Fields) and SECTIONS & set(top.node.pairs):
        yield Rows.CONFIG, top
    elif isinstance(top.node, Fields):
        yield from _wrapped(top)
    else:
        yield from _listed(top)


def _wrapped(top: Part) -> Iterator[tuple[Rows, Part]]:
    """A page of a list, or tables by their names."""
    found = False
    for _, part in top.fields():
        if isinstance(part.node, Items):
            found = True
            yield from _listed(part)
        else:
            part.left(PAGED)
    if not found:
        top.wrong("Neither LiteLLM's config.yaml nor a list of its keys, teams or budgets.")


def _listed(listed: Part) -> Iterator[tuple[Rows, Part]]:
    for row in listed.items():
        names = set(row.node.pairs) if isinstance(row.node, Fields) else set()
        kind = next((kind for kind, fields in TOLD_BY if fields <= names), None)
        if kind is not None:
            yield kind, row
        elif not isinstance(row.node, Fields):
            row.wrong("Must be an object (/key/list gives them with return_full_object=true).")
        else:
            row.wrong("No row of LiteLLM's that is known here.")
