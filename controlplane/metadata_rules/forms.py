"""The form of a metadata rule; what it takes goes to the services."""

from typing import Any

from django.db import models

from controlplane.form_fields import Lines
from controlplane.metadata_rules import services
from controlplane.service_forms import ServiceForm


class MetadataRuleForm(ServiceForm):
    allowed_values = Lines(help_text="One a line. Empty: any value.")

    def write(self, fields: dict[str, Any]) -> models.Model:
        if self.is_new:
            return services.create_rule(**fields)
        return services.update_rule(self.instance, **fields)
