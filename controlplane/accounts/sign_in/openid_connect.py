"""The conversation with the identity provider: allauth's, held to more of the specification.

The issuer has to be the one that was configured, id tokens are verified by their signature, and
what the userinfo endpoint says counts for the subject of the id token alone.
"""

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from requests import RequestException

from controlplane.accounts.sign_in.configuration import PROVIDER_ID
from controlplane.accounts.sign_in.single_sign_on import oidc

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"})


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict[str, Any]:
        found: dict[str, Any] = super().openid_config
        if str(found.get("issuer", "")).rstrip("/") != oidc().issuer_url:
            raise OAuth2Error("The issuer is another one than was configured.")
        return found

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        response = kwargs["response"]
        if not response.get("id_token"):
            raise OAuth2Error("There is no id token.")
        claims = self._decode_id_token(app, response["id_token"])
        if self.openid_config.get("userinfo_endpoint"):
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("The user info is of somebody else.")
            claims = {**told, **claims}
        sign_in = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        sign_in.account.extra_data = {}  # nobody needs it after this sign-in
        sign_in.claims = claims
        return sign_in

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            header = jwtkit.jwt.get_unverified_header(id_token)
            if header.get("alg") not in ALGORITHMS:
                raise OAuth2Error("The id token is not signed as it must be.")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, TypeError, ValueError, jwtkit.jwt.PyJWTError) as error:
            raise OAuth2Error("The id token cannot be read.") from error
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise OAuth2Error("The id token has no subject.")
        return claims


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page that leads to the provider: our forms may lead nowhere but here."""
    answer = _answer(request, OAuth2LoginView)
    where = answer.headers.get("Location", "")
    if not where or url_has_allowed_host_and_scheme(where, request.get_host()):
        return answer
    return render(request, "account/leaving.html", {"where": where, "provider": oidc()})


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answer(request, OAuth2CallbackView)


def _answer(request: HttpRequest, view: Any) -> HttpResponse:
    """Whatever the provider answers, or does not, is no failure of ours."""
    if settings.OIDC is None:
        raise Http404
    adapter = VerifyingAdapter(request, PROVIDER_ID)
    try:
        answer: HttpResponse = view.adapter_view(adapter)(request)
    except (OAuth2Error, RequestException, KeyError, ValueError) as error:
        return render_authentication_error(request, adapter.get_provider(), exception=error)
    return answer
