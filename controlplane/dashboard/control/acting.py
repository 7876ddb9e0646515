"""The acts on the page of an alert: limit, pause, ask for a raise, decide on one, take back."""

from collections.abc import Callable
from typing import Any

from django import forms

from controlplane.actions.models import REASON_LENGTH_MAX, ActionKind, AlertAction
from controlplane.actions.services import act_on, end_action
from controlplane.budgets.raises import approve_raise, decline_raise
from controlplane.dashboard.control.alert_page import TITLES, AlertPage
from controlplane.errors import DomainError

MINUTES = {60: "an hour", 240: "four hours", 1440: "a day", 10080: "a week"}
WORDS = {
    ActionKind.CLAMP: "The limit of its own budget falls to what is spent, and what is usually "
    "spent in that time. It comes back by itself.",
    ActionKind.PAUSE: "Every request of the key is refused until then. It comes back by itself.",
    ActionKind.REQUEST_RAISE: "One step, as the budget’s policy has it. Somebody else decides.",
}


class ActForm(forms.Form):
    """For how long, and why."""

    minutes = forms.TypedChoiceField(label="For", choices=list(MINUTES.items()), coerce=int)
    reason = forms.CharField(label="Reason, kept", max_length=REASON_LENGTH_MAX)

    def __init__(self, *args: Any, kind: ActionKind, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind == ActionKind.REQUEST_RAISE:
            del self.fields["minutes"]

    def apply(self, shown: AlertPage, kind: ActionKind) -> bool:
        """Whether it was done; what is in the way is said."""
        if not self.is_valid():
            return False
        try:
            act_on(shown.alert, kind=kind, by=shown.asker, **self.cleaned_data)
        except DomainError as error:
            self.add_error(None, error.message)
            return False
        return True


def said_of(kind: ActionKind, form: ActForm) -> dict[str, Any]:
    """What the page needs to show the form."""
    return {
        "acting": form,
        "acting_kind": kind.value,
        "acting_title": TITLES[kind].removesuffix(" for an hour"),
        "acting_words": WORDS[kind],
    }


def decide(shown: AlertPage, act: str, note: str) -> str:
    """Approves or declines; what is in the way, or nothing."""
    asked = shown.raise_request
    if asked is None:
        return "It waits for no decision of yours."
    deciding: Callable[..., Any] = approve_raise if act == "approve" else decline_raise
    try:
        deciding(asked, by=shown.asker, principal=shown.visit.viewer, note=note[:REASON_LENGTH_MAX])
    except DomainError as error:
        return error.message
    return ""


def take_back(shown: AlertPage, id: str) -> str:
    """Ends an act before its end; what is in the way, or nothing."""
    action = AlertAction.objects.filter(alert_id=shown.alert.pk, pk=id).first()
    if action is None:
        return "There is no such act."
    try:
        end_action(action, by=shown.asker)
    except DomainError as error:
        return error.message
    return ""
