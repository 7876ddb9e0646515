"""Which deployments the gateway's processes leave alone now, as they reported of late."""

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from dataplane.routing.circuits import State
from dataplane.snapshot.model import Deployment

OPEN = """
    SELECT DISTINCT provider_id, model, credential_index FROM catalog_deploymenthealth
    WHERE state = %(state)s AND reported_at > now() - interval '30 seconds'
"""


class OpenCircuits:
    """Deployments that at least one process does not call."""

    def __init__(self, places: frozenset[tuple[str, str, int]]) -> None:
        self._places = places

    def is_well(self, deployment: Deployment) -> bool:
        provider = deployment.provider
        return (provider.id, deployment.name, provider.credential_index) not in self._places


async def read_circuits(connection: AsyncConnection[DictRow]) -> OpenCircuits:
    rows = await (await connection.execute(OPEN, {"state": State.OPEN})).fetchall()
    return OpenCircuits(
        frozenset((row["provider_id"], row["model"], row["credential_index"]) for row in rows)
    )
