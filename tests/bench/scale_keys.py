"""As many virtual keys as wanted, written straight into the database: REST would take hours.

Rows are copies of those that the benchmark made by REST, with other ids, so that they are what the
product writes. Ten keys share a team, a hundred a customer; each key, team and customer has its
own hard budget.
"""

from typing import Any

import psycopg

from tests.bench.gateways.purser import CUSTOMER, KEY, TEAM

KEYS_A_TEAM = 10
KEYS_A_CUSTOMER = 100
TABLES = (
    "accounts_customer",
    "accounts_team",
    "keys_virtualkey",
    "keys_virtualkeysecret",
    "budgets_budget",
)
COPIES = """
    INSERT INTO {table}
    SELECT copy.* FROM {table} AS template
    CROSS JOIN generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    CROSS JOIN LATERAL jsonb_populate_record(template, jsonb_build_object({fields})) AS copy
    WHERE template.{column} = %(template)s
"""
CUSTOMERS = "'id', 'customer-' || n"
TEAMS = "'id', 'team-' || n, 'customer_id', 'customer-' || n / 10"
KEYS = """'id', 'key-' || n, 'customer_id', 'customer-' || n / 100, 'team_id', 'team-' || n / 10"""
SECRETS = """'id', nextval(pg_get_serial_sequence('keys_virtualkeysecret', 'id')),
    'virtual_key_id', 'key-' || n,
    'secret_hash',
    encode(sha256(convert_to('sk-pur-bench-' || lpad(n::text, 10, '0'), 'UTF8')), 'hex')
"""
BUDGETS = "'id', '{owner}-budget-' || n, '{column}', '{owner}-' || n"


def secret(number: int) -> str:
    return f"sk-pur-bench-{number:010d}"


def add_keys(connection: "psycopg.Connection[Any]", first: int, last: int) -> None:
    """Keys `first` to `last`, and the teams and customers that no earlier key has."""
    with connection.transaction():
        # The rows refer to each other rightly; checking a million of them is what takes long.
        connection.execute("SET LOCAL session_replication_role = replica")
        for size, table, fields, owner, column, template in (
            (KEYS_A_CUSTOMER, "accounts_customer", CUSTOMERS, "customer", "customer_id", CUSTOMER),
            (KEYS_A_TEAM, "accounts_team", TEAMS, "team", "team_id", TEAM),
            (1, "keys_virtualkey", KEYS, "key", "virtual_key_id", KEY),
        ):
            new = new_groups(first, last, size)
            _copy(connection, table, "id", template, fields, new)
            budget = BUDGETS.format(owner=owner, column=column)
            _copy(connection, "budgets_budget", column, template, budget, new)
        numbers = range(first, last + 1)
        _copy(connection, "keys_virtualkeysecret", "virtual_key_id", KEY, SECRETS, numbers)
    for table in TABLES:
        connection.execute(f"VACUUM ANALYZE {table}")
    connection.execute("CHECKPOINT")


def new_groups(first: int, last: int, size: int) -> range:
    """Groups of `size` keys, by number, that the keys before `first` did not need yet."""
    begun = first // size if first == 1 else (first - 1) // size + 1
    return range(begun, last // size + 1)


def _copy(
    connection: "psycopg.Connection[Any]",
    table: str,
    column: str,
    template: str,
    fields: str,
    numbers: range,
) -> None:
    if not numbers:
        return
    query = COPIES.format(table=table, fields=fields, column=column)
    values = {"first": numbers[0], "last": numbers[-1], "template": template}
    connection.execute(query, values)
