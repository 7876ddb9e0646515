"""What the app is called in the admin."""

from django.apps import AppConfig


class MetadataRulesConfig(AppConfig):
    name = "controlplane.metadata_rules"
    verbose_name = "Metadata rules"
