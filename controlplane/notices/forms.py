"""The form of an alert rule; what it takes goes to the services."""

from typing import Any

from django import forms
from django.db import models

from controlplane.alerts.models import Kind, Severity
from controlplane.notices import services
from controlplane.service_forms import ServiceForm

ALL = "None chosen: all."


class RuleForm(ServiceForm):
    kinds = forms.MultipleChoiceField(choices=Kind.choices, required=False, help_text=ALL)
    severities = forms.MultipleChoiceField(choices=Severity.choices, required=False, help_text=ALL)

    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return services.create_rule(**fields)
        return services.update_rule(self.instance, **fields)
