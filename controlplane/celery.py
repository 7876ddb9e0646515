"""Celery: what runs when. A task calls a service; this table is the only place with times."""

import os
import warnings
from typing import Any

from celery import Celery, signals
from celery.platforms import SecurityWarning
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")

# Root is usual in a container. What root must not do is unpickle, and messages are JSON.
warnings.simplefilter("ignore", SecurityWarning)

app = Celery("purser", task_cls="controlplane.jobs.recorded_task:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """With a receiver here, Celery leaves the logging that the settings configured alone."""


# UTC.
app.conf.beat_schedule = {
    "adjust closed months": {
        "task": "controlplane.statements.tasks.adjust_closed_months",
        "schedule": crontab(hour=4, minute=30),
    },
    "answer what would have been": {
        "task": "controlplane.what_if.tasks.answer_what_ifs",
        "schedule": crontab(),
    },
    "announce the end of limit changes": {
        "task": "controlplane.budgets.tasks.announce_ended_limit_changes",
        "schedule": crontab(),
    },
    "carry over what is left of budgets": {
        "task": "controlplane.budgets.tasks.close_windows",
        "schedule": crontab(),
    },
    "carry out erasures": {
        "task": "controlplane.privacy.tasks.carry_out_erasures",
        "schedule": crontab(),
    },
    "close months that are over": {
        "task": "controlplane.statements.tasks.close_due_months",
        "schedule": crontab(minute=30),
    },
    "create the coming days' usage partitions": {
        "task": "controlplane.runtime.tasks.create_usage_partitions",
        "schedule": crontab(hour=0, minute=20),
    },
    "evict cached answers": {
        "task": "controlplane.caching.tasks.evict",
        "schedule": crontab(minute="*/5"),
    },
    "decline raises that nobody decided on": {
        "task": "controlplane.budgets.tasks.expire_raise_requests",
        "schedule": crontab(),
    },
    "forget answers that were kept for a repetition": {
        "task": "controlplane.idempotency.tasks.forget_answers",
        "schedule": crontab(minute=50),
    },
    "forget what is older than it is kept": {
        "task": "controlplane.privacy.tasks.forget",
        "schedule": crontab(hour=2, minute=20),
    },
    "forget delivered messages": {
        "task": "controlplane.runtime.tasks.forget_delivered_messages",
        "schedule": crontab(minute=40),
    },
    "give notice of keys and tokens that end soon": {
        "task": "controlplane.keys.tasks.watch_expiry",
        "schedule": crontab(minute="*/10"),
    },
    "keep the usage rollup small": {
        "task": "controlplane.usage.tasks.fold_metadata",
        "schedule": crontab(),
    },
    "look for keys that leaked": {
        "task": "controlplane.keys.tasks.watch_leaks",
        "schedule": crontab(minute="*/5"),
    },
    "make files of requests": {
        "task": "controlplane.dashboard.tasks.make_exports",
        "schedule": crontab(),
    },
    "measure latencies": {
        "task": "controlplane.usage.tasks.measure_latencies",
        "schedule": crontab(minute="*/2"),
    },
    "send notices": {
        "task": "controlplane.notices.tasks.send_notices",
        "schedule": crontab(),
    },
    "sum up days that are over": {
        "task": "controlplane.usage.tasks.sum_up_days",
        "schedule": crontab(minute="*/10"),
    },
    "verify the books": {
        "task": "controlplane.usage.tasks.verify_books",
        "schedule": crontab(hour=3, minute=10),
    },
    "watch budgets": {
        "task": "controlplane.alerts.tasks.watch_budgets",
        "schedule": crontab(),
    },
    "watch prices, providers and books": {
        "task": "controlplane.alerts.tasks.watch_installation",
        "schedule": crontab(),
    },
    "watch what is unusual": {
        "task": "controlplane.alerts.tasks.watch_unusual",
        "schedule": crontab(minute="*/5"),
    },
    "watch where spend is heading": {
        "task": "controlplane.alerts.tasks.watch_forecasts",
        "schedule": crontab(minute=10),
    },
}
