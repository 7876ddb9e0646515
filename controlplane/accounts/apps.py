"""The accounts' place among the apps."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "controlplane.accounts"

    def ready(self) -> None:
        """Sessions begin by a signal, which has to be heard from the first sign-in on."""
        from controlplane.accounts.sign_in import sessions  # noqa: F401  (needs the models)
