"""Who had what forgotten, and when. These rows stay: they name a customer and nothing personal."""

from django.db import models


class Erasure(models.Model):
    """A customer's wish to be forgotten, with all that was held until its moment."""

    CUSTOMER_PATHS = ("customer_id",)

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=100)
    at = models.DateTimeField(help_text="What is from before it goes.")
    actor = models.CharField(max_length=200, help_text="Who asked for it.")
    completed_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="How many rows of each kind.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["customer_id", "-at"], name="erasure_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}, {self.at:%Y-%m-%d %H:%M}"


class Forgetting(models.Model):
    """What of one kind was forgotten since it was older than is kept."""

    CUSTOMER_PATHS = ()

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)
    older_than = models.DateTimeField()
    count = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"
