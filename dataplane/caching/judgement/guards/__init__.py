"""Each guard looks at one thing that turns a prompt into another question, and blocks for it.

A guard is a module with one function, `differ(asked, stored)`, which answers what differs, or None.
They are tried in this order: first what is too long to look at, then what explains itself best.
"""

from dataplane.caching.judgement.difference import Guard
from dataplane.caching.judgement.guards import (
    asked_for,
    code,
    comparators,
    conditions,
    dates,
    fields,
    identifiers,
    languages,
    long_prompts,
    names,
    negation,
    numbers,
    opposites,
    order,
    quotes,
    siblings,
    superlatives,
    units,
    unspaced,
)

GUARDS: dict[str, Guard] = {
    "long_prompts": long_prompts.differ,
    "fields": fields.differ,
    "code": code.differ,
    "quotes": quotes.differ,
    "numbers": numbers.differ,
    "identifiers": identifiers.differ,
    "dates": dates.differ,
    "units": units.differ,
    "negation": negation.differ,
    "opposites": opposites.differ,
    "comparators": comparators.differ,
    "siblings": siblings.differ,
    "asked_for": asked_for.differ,
    "superlatives": superlatives.differ,
    "languages": languages.differ,
    "names": names.differ,
    "order": order.differ,
    "unspaced": unspaced.differ,
    "conditions": conditions.differ,
}
