"""Where each part of the control plane answers."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from controlplane.runtime.health import healthz, readyz

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("account/", include("controlplane.accounts.sign_in.urls")),
    path("admin/logout/", RedirectView.as_view(pattern_name="account_logout")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("api/", include("controlplane.api.urls")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("favicon.ico", RedirectView.as_view(url="/static/dashboard/icon.svg", permanent=True)),
    path("", include("controlplane.dashboard.urls")),
]

handler400 = "controlplane.api.errors.bad_request"
handler500 = "controlplane.api.errors.server_error"
