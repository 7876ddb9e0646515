"""What members keep of the dashboard: views, by name, and files for a while."""

from django.db import models
from django.db.models import Q

from controlplane.accounts.models import Member
from controlplane.fields import SlugField

NAME_LENGTH_MAX = 100
QUERY_LENGTH_MAX = 8000


class SavedView(models.Model):
    """A page with a query. Periods stay relative: `this-month` is that of whoever looks."""

    CUSTOMER_PATHS = ("owner__customer_id",)
    TEAM_PATHS = ("owner__team_id",)

    id = SlugField(primary_key=True, editable=False)
    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    page = models.CharField(max_length=40, help_text="Its name in the rail.")
    query = models.TextField(max_length=QUERY_LENGTH_MAX, blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_view_of_a_name_each")
        ]

    def __str__(self) -> str:
        return self.name


class FileKind(models.TextChoices):
    """Of a file of requests, as the API calls its format."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel workbook"
    FOCUS = "focus", "FOCUS file"


class ExportFile(models.Model):
    """A file of requests that a task makes for one member.

    `customer_id` and `team_id` are what the member was bound to when asking: with other bounds it
    is not theirs. Nobody `seen_at` it: it waits. Whoever makes it has the newest `attempt`.
    """

    CUSTOMER_PATHS = ("customer_id",)
    TEAM_PATHS = ("team_id",)

    id = SlugField(primary_key=True, editable=False)
    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="export_files")
    customer_id = models.CharField(max_length=100, null=True, blank=True)
    team_id = models.CharField(max_length=100, null=True, blank=True)
    kind = models.CharField(max_length=16, choices=FileKind.choices)
    query = models.TextField(max_length=QUERY_LENGTH_MAX, blank=True)
    rows_expected = models.PositiveBigIntegerField()
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When it was last worked on.")
    finished_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(finished_at=None), name="export_file_waits"
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_ready(self) -> bool:
        return self.finished_at is not None and not self.error


class ExportChunk(models.Model):
    """A part of a file, at most a megabyte."""

    CUSTOMER_PATHS = ("file__customer_id",)
    TEAM_PATHS = ("file__team_id",)

    file = models.ForeignKey(ExportFile, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_part_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"
