"""What every start makes sure of, in order, once the schema is there."""

import os
from pathlib import Path

from controlplane.runtime import housekeeping
from controlplane.runtime.bootstrap import access as stored
from controlplane.runtime.bootstrap.access import Access
from controlplane.runtime.bootstrap.administrator import ensure_administrator
from controlplane.runtime.bootstrap.demo import ensure_demo
from controlplane.runtime.bootstrap.demo_providers import retire_providers
from controlplane.runtime.bootstrap.environment_providers import ensure_environment_providers


def run(folder: Path, simulator_url: str | None) -> Access:
    """Prepares the database; `simulator_url` is None where no demo is wanted."""
    housekeeping.create_usage_partitions()
    ensure_environment_providers(os.environ)
    access = stored.load(folder)
    known = Access(**vars(access))
    try:
        ensure_administrator(access)
        if simulator_url is None:
            retire_providers()
        else:
            ensure_demo(access, simulator_url)
    finally:
        # Also what a failed step leaves half done: a secret that is lost is lost for good.
        if access != known:
            stored.save(access, folder)
    return access
