"""Which deployments a request may go to, in order: what was asked for, then the key's fallbacks."""

from collections.abc import Callable, Sequence

from dataplane.snapshot.model import Deployment

ATTEMPTS_MAX = 5

Resolve = Callable[[str], Sequence[Deployment]]
MayCall = Callable[[Deployment], bool]


def candidates(
    first: Sequence[Deployment], fallbacks: Sequence[str], resolve: Resolve, may_call: MayCall
) -> list[Deployment]:
    """Each deployment once. A fallback that does not resolve or is not permitted is left out."""
    ordered = {deployment.id: deployment for deployment in first}
    for name in fallbacks:
        for deployment in resolve(name):
            if may_call(deployment):
                ordered.setdefault(deployment.id, deployment)
    return list(ordered.values())[:ATTEMPTS_MAX]
