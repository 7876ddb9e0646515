"""Where each part of the control plane answers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from controlplane.runtime.health import healthz, readyz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/", include("controlplane.api.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
]

handler400 = "controlplane.api.errors.bad_request"
handler500 = "controlplane.api.errors.server_error"
