"""What runs on a schedule for alerts; the table is in `celery.py`. Each says how many are new."""

from celery import shared_task

from controlplane.alerts.unusual import runs
from controlplane.alerts.watching import watches


@shared_task
def watch_budgets() -> int:
    return sum(opened.is_new for opened in watches.watch_budgets())


@shared_task
def watch_forecasts() -> int:
    return sum(opened.is_new for opened in watches.watch_forecasts())


@shared_task
def watch_unusual() -> int:
    return sum(opened.is_new for opened in runs.watch_unusual())


@shared_task
def watch_installation() -> int:
    return sum(opened.is_new for opened in watches.watch_installation())
