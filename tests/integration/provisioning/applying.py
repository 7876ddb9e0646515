"""Applying a file as the command does, and the files of the public contract."""

from typing import Any

from controlplane.accounts.permissions import Principal
from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.reading import Format
from controlplane.provisioning.services import OPERATOR, Applied, Options, apply_configuration
from controlplane.provisioning.sources import OwnSources

PRODUCTION = """\
virtual_keys:
  - id: vk_acme_prod
    customer_id: acme_corp
    budget: {max_per_month_usd: 12000, reset_duration: monthly}
    rate_limit: {requests_per_minute: 600}
    allowed_providers: [openai, anthropic, bedrock]
    fallbacks:
      - {provider: openai, model: gpt-4o}
      - {provider: anthropic, model: claude-sonnet-4-6}
      - {provider: bedrock, model: anthropic.claude-sonnet-4-6}
"""
CAPPED = """\
virtual_keys:
- id: vk_acme_corp
  customer_id: acme_corp
  allowed_models: [openai/gpt-4o-mini, anthropic/claude-haiku-4-5-20251001]
  budget: {monthly_usd: 200, hard_cap: true}
  rate_limit: {requests_per_minute: 60}
"""


def apply(
    text: str | bytes,
    *,
    dry_run: bool = False,
    prune: bool = False,
    by: Principal = OPERATOR,
    kind: Format = Format.YAML,
) -> Applied:
    content = text.encode() if isinstance(text, str) else text
    return apply_configuration(content, kind, by, Options(dry_run, prune, OwnSources()))


def wrong(text: str | bytes, **options: Any) -> list[str]:
    """What is wrong with a file that has to be refused, as it is printed."""
    try:
        apply(text, **options)
    except ConfigurationWrong as error:
        return [str(problem) for problem in error.problems]
    raise AssertionError("it was applied")


def actions(applied: Applied) -> list[str]:
    """`create virtual-keys/vk`, in the order in which it was done."""
    return [f"{each.action} {each.resource}/{each.id}" for each in applied.plan.changes]


def counts(applied: Applied) -> tuple[int, int, int, int]:
    """How many were created, changed, removed and left as they were."""
    found = applied.plan.counts()
    return found["create"], found["update"], found["remove"], found["unchanged"]
