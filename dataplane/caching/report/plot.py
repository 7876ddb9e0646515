"""The curve of a report: how much is served at which rate of wrong answers."""

from pathlib import Path
from typing import Any

WRONG_RATE_SHOWN_MAX = 0.3


def draw(report: dict[str, Any], path: Path) -> None:
    """Writes a picture of the format that the path names. Raises `OSError`, `ValueError`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for policy in ("cosine", "guarded"):
        rows = [row for row in report["policies"] if row["policy"] == policy and row["served"]]
        axes.plot([row["wrong_rate"] for row in rows], [row["recall"] for row in rows],
                  marker=".", label=policy)  # fmt: skip
    for row in report["policies"]:
        if row["policy"] == "learned" and row["served"]:
            axes.plot(row["wrong_rate"], row["recall"], "k*", markersize=12, label="learned")
    axes.axvline(report["target_error"], color="grey", linestyle=":", label="target")
    axes.set(xlim=(0, WRONG_RATE_SHOWN_MAX), ylim=(0, 1.02), xlabel="wrong among served",
             ylabel="recall of the harmless", title=f"{report['pairs']} pairs")  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
    pyplot.close(figure)
