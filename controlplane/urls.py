"""Where each part of the control plane answers."""

from django.contrib import admin
from django.urls import include, path

from controlplane.runtime.health import healthz, readyz

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("controlplane.api.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("", include("controlplane.dashboard.urls")),
]

handler400 = "controlplane.api.errors.bad_request"
handler500 = "controlplane.api.errors.server_error"
