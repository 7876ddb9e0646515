"""`python -m tests.bench compare`; and `soak`, `scale`, `reports`, `pages`, `anomalies`."""

import argparse
import resource
import sys
from dataclasses import replace
from pathlib import Path

from tests.bench import anomalies, machine, pages, results, scale_requests, soak
from tests.bench.comparison import Comparison
from tests.bench.cores import Cores
from tests.bench.gateways.any_llm import AnyLlm
from tests.bench.gateways.base import Gateway
from tests.bench.gateways.litellm import LiteLLM
from tests.bench.gateways.nginx import Nginx
from tests.bench.gateways.portkey import Portkey
from tests.bench.gateways.purser import Purser
from tests.bench.plan import Plan
from tests.bench.report import Report
from tests.bench.stub_process import running_stub

GATEWAYS: dict[str, type[Gateway]] = {
    "purser": Purser,
    "nginx": Nginx,
    "portkey": Portkey,
    "litellm": LiteLLM,
    "any-llm": AnyLlm,
}
OPEN_FILES = 65_536


def main() -> int:
    options = _parse()
    _allow_many_connections()
    layout = Cores.split()
    known = machine.facts(layout)
    layout.take_rest()
    code: int = options.run(options, layout, known)
    return code


def compare(options: argparse.Namespace, layout: Cores, known: dict[str, str]) -> int:
    plan = replace(Plan(), seconds=options.seconds)
    with running_stub(layout.rest) as stub:
        comparison = Comparison(plan, stub, layout, results.BENCH / "run")
        comparison.measure_direct()
        measured = [
            comparison.measure(GATEWAYS[name](), options.cache) for name in options.gateways
        ]
    text = Report(plan, comparison.direct, measured).text(machine.paragraph(known))
    figures = [comparison.direct, *measured]
    results.write("compare", text, {"machine": known, "plan": plan, "gateways": figures})
    ours = [one for one in measured if one.name == Purser.name]
    return 0 if all(one.is_sound and one.missing is None for one in ours) else 1


def reports(options: argparse.Namespace, layout: Cores, known: dict[str, str]) -> int:
    # Brings Django along, which needs settings; nothing else here does.
    from tests.bench import scale_reports

    return scale_reports.main(options.records)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    commands = parser.add_subparsers(required=True)
    side_by_side = commands.add_parser("compare", help="gateways side by side")
    side_by_side.set_defaults(run=compare)
    side_by_side.add_argument("--gateways", type=_names, default=list(GATEWAYS))
    side_by_side.add_argument("--seconds", type=float, default=Plan.seconds, help="a measurement")
    side_by_side.add_argument("--cache", type=Path, default=results.BENCH / "peers")
    flat = commands.add_parser("soak", help="many calls through Purser, its memory watched")
    flat.set_defaults(run=soak.run)
    flat.add_argument("--requests", type=int, default=1_000_000)
    flat.add_argument("--connections", type=int, default=Plan.connections)
    scale = commands.add_parser("scale", help="cost of a call with few and with many keys")
    scale.set_defaults(run=scale_requests.run)
    scale.add_argument("--keys", type=_counts, default=[10, 10_000, 1_000_000])
    scale.add_argument("--seconds", type=float, default=Plan.seconds)
    records = commands.add_parser("reports", help="cost of a report over few and many records")
    records.set_defaults(run=reports)
    records.add_argument("--records", type=int, default=10**7, help="at most so many")
    seen = commands.add_parser(
        "pages", help="cost of every page of the dashboard over many records"
    )
    seen.set_defaults(run=pages.main)
    seen.add_argument("--records", type=int, default=10**7)
    seen.add_argument("--budgets", type=int, default=2000, help="at most 11,000")
    seen.add_argument("--keep", action="store_true", help="the database, for the next run")
    seen.add_argument("--only", default="", help="only pages whose address holds this")
    seen.add_argument("--explain", action="store_true", help="show each page's slowest queries")
    odd = commands.add_parser("anomalies", help="what the anomaly detector finds in made traffic")
    odd.set_defaults(run=anomalies.run)
    odd.add_argument("--seeds", type=int, default=60)
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := set(names) - set(GATEWAYS):
        known = ", ".join(GATEWAYS)
        raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))}: there are {known}")
    return names or list(GATEWAYS)


def _counts(text: str) -> list[int]:
    return sorted({int(count) for count in text.split(",")})


def _allow_many_connections() -> None:
    """For the generator and all it starts: a thousand streams need more than 1,024 open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    sys.exit(main())
