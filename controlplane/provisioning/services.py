"""Applying a file: all of it or nothing, in one transaction that looks before it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors as postgres

from controlplane.accounts.models import Role
from controlplane.accounts.permissions import Principal, Resource, may_write, visible
from controlplane.errors import Conflict
from controlplane.provisioning.current import MODELS, load_rows
from controlplane.provisioning.desired import Desired, read_desired
from controlplane.provisioning.execute import Execution, NewSecret
from controlplane.provisioning.matching import match_budgets, match_prices
from controlplane.provisioning.notes import note_consequences
from controlplane.provisioning.parents import Parents
from controlplane.provisioning.plan import Plan, compute_plan
from controlplane.provisioning.problems import ConfigurationWrong, NotAllowed
from controlplane.provisioning.progress import Progress, no_progress
from controlplane.provisioning.pruning import Pruning
from controlplane.provisioning.reading import Format
from controlplane.provisioning.sources import NoSources, Sources

# Whoever applies takes it, so that two files are applied one after the other. Any number will do.
APPLY_LOCK = 5_031_948
LOCK_TIMEOUT = "60s"
SHARED = frozenset({Resource.PROVIDERS, Resource.MODELS, Resource.PRICES})
OPERATOR = Principal(Role.ADMIN, None, "manage.py")
"""Whoever may run commands on the machine may change everything."""


@dataclass(frozen=True, slots=True)
class Options:
    dry_run: bool = False
    prune: bool = False
    sources: Sources = field(default_factory=NoSources)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was changed, or would be, and the new secrets: they are known only here and now."""

    plan: Plan
    secrets: list[NewSecret]
    is_dry_run: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.is_dry_run,
            "changes": [change.as_json() for change in self.plan.changes],
            "kept": self.plan.kept,
            "counts": self.plan.counts(),
            "secrets": [each._asdict() for each in self.secrets],
        }


class _DryRun(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


def apply_configuration(
    content: bytes,
    kind: Format,
    principal: Principal,
    options: Options,
    progress: Progress = no_progress,
) -> Applied:
    """A dry run does everything, and takes it back: so it knows all that a run would refuse.

    Raises `ConfigurationWrong`, `NotAllowed`, or `Conflict` when others hold the same too long.
    """
    progress(f"reading {len(content):,} bytes", 0, 0)
    return apply_desired(read_desired(content, kind, options.sources), principal, options, progress)


def apply_desired(
    desired: Desired,
    principal: Principal,
    options: Options,
    progress: Progress = no_progress,
) -> Applied:
    """The same for what was read already, wherever it comes from."""
    progress("comparing with what there is", 0, 0)
    applied: Applied | None = None
    try:
        with transaction.atomic(), _alone():
            applied = _apply(desired, principal, options, progress)
            if options.dry_run:
                raise _DryRun
    except _DryRun:
        pass
    assert applied is not None
    return applied


def _apply(desired: Desired, principal: Principal, options: Options, progress: Progress) -> Applied:
    _require_within_reach(desired, principal, options)
    rows = load_rows(desired, principal)
    Parents(desired, rows, principal).complete()
    match_budgets(desired, rows)
    match_prices(desired, rows)
    plan = compute_plan(desired, rows)
    if desired.problems:
        raise ConfigurationWrong(desired.problems)
    _require_allowed(plan, principal)
    execution = Execution(plan, rows, progress)
    execution.run()
    note_consequences(plan)
    if options.prune:
        Pruning(desired, rows, execution.touched, plan, progress).run(principal)
        _require_allowed(plan, principal)
    _require_own(execution.touched, principal)
    if options.dry_run:
        return Applied(plan, [], is_dry_run=True)
    for change in plan.changes:
        if change.id is None:
            change.id = str(change.row.pk)
    return Applied(plan, execution.secrets, is_dry_run=False)


def _require_within_reach(desired: Desired, principal: Principal, options: Options) -> None:
    """What is refused before anybody looks: a plan would tell more than may be known."""
    if principal.is_bound and Resource.PROVIDERS in desired.sections:
        raise NotAllowed([Resource.PROVIDERS])
    pruned = SHARED & set(desired.sections) if options.prune else set()
    if refused := [each for each in pruned if not may_write(principal, each)]:
        raise NotAllowed(refused)


def _require_allowed(plan: Plan, principal: Principal) -> None:
    if refused := [each for each in plan.resources if not may_write(principal, each)]:
        raise NotAllowed(refused)


def _require_own(touched: dict[Resource, list[str]], principal: Principal) -> None:
    """A last look, whatever was changed: whoever is bound has changed nothing of others."""
    if not principal.is_bound:
        return
    for resource, ids in touched.items():
        rows = MODELS[resource]._default_manager.filter(pk__in=ids)
        if visible(rows, principal).count() != len(set(ids)):
            raise NotAllowed([resource])


@contextmanager
def _alone() -> Iterator[None]:
    """Waits for others who apply, for some time; theirs is then what this one looks at."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
            message = "Others are changing the same; nothing was changed here. Try again."
            raise Conflict("busy", message) from error
        raise
