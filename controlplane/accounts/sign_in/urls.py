"""The pages of sign-in, named as allauth knows them. What is not here does not exist: there is no
sign-up, and no mail.
"""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as single_sign_on
from django.db.transaction import non_atomic_requests
from django.urls import path, re_path
from django.views.generic import RedirectView

from controlplane.accounts.sign_in import openid_connect
from controlplane.accounts.sign_in.configuration import PROVIDER_ID

# A wrong attempt counts whatever becomes of the request, and others need not wait for its end.
COUNTED = {
    "login": non_atomic_requests(account.login),
    "reauthenticate": non_atomic_requests(account.reauthenticate),
    "authenticate": non_atomic_requests(second_factor.authenticate),
    "reauthenticate_again": non_atomic_requests(second_factor.reauthenticate),
    "password_change": non_atomic_requests(account.password_change),
}

TO_ACCOUNT = RedirectView.as_view(pattern_name="mfa_index")

urlpatterns = [
    path("", second_factor.index, name="mfa_index"),
    path("login/", COUNTED["login"], name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", COUNTED["reauthenticate"], name="account_reauthenticate"),
    path("password/change/", COUNTED["password_change"], name="account_change_password"),
    # Whoever signs in elsewhere has no password to change, and gets one by an invitation alone.
    path(
        "password/set/", RedirectView.as_view(pattern_name="mfa_index"), name="account_set_password"
    ),
    re_path(
        r"^invitation/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "invitation/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", COUNTED["authenticate"], name="mfa_authenticate"),
    path(
        "second-factor/reauthenticate/",
        COUNTED["reauthenticate_again"],
        name="mfa_reauthenticate",
    ),
    path("second-factor/app/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/app/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "second-factor/recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/generate/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("connections/", single_sign_on.connections, name="socialaccount_connections"),
    path(
        "single-sign-on/cancelled/",
        single_sign_on.login_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path("single-sign-on/error/", single_sign_on.login_error, name="socialaccount_login_error"),
    path(
        "single-sign-on/",
        openid_connect.begin,
        {"provider_id": PROVIDER_ID},
        name="openid_connect_login",
    ),
    path(
        "single-sign-on/callback/",
        openid_connect.callback,
        {"provider_id": PROVIDER_ID},
        name="openid_connect_callback",
    ),
]
