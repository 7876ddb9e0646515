"""What members keep of the dashboard: views, by name."""

from django.db import models

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
