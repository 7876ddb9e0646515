"""The first member and the first API token, both with the role of an administrator."""

import secrets

from controlplane.accounts.models import ApiToken, Member, Role
from controlplane.accounts.services import issue_token
from controlplane.runtime.bootstrap.access import ADMIN_USER, Access
from dataplane.contract.virtual_keys import hash_secret

PASSWORD_BYTES = 18
TOKEN_NAME = "First administrator"


def ensure_administrator(access: Access) -> None:
    """Creates what is missing; what people changed since stays as they left it."""
    member = Member.objects.filter(username=ADMIN_USER).first()
    if member is None or access.admin_password_hash is None:
        member = _give_password(member or Member(username=ADMIN_USER), access)
    elif not _is_password(access.admin_password, member, access):
        access.admin_password = None
    access.admin_password_hash = member.password
    if not _is_known(access.admin_token):
        access.admin_token = issue_token(name=TOKEN_NAME, role=Role.ADMIN).secret


def _give_password(member: Member, access: Access) -> Member:
    access.admin_password = access.admin_password or secrets.token_urlsafe(PASSWORD_BYTES)
    member.set_password(access.admin_password)
    member.role = Role.ADMIN
    member.is_staff = member.is_superuser = True
    member.save()
    return member


def _is_password(password: str | None, member: Member, access: Access) -> bool:
    """Comparing hashes spares a start the half second that checking a password takes."""
    if password is None or member.password == access.admin_password_hash:
        return password is not None
    return member.check_password(password)


def _is_known(secret: str | None) -> bool:
    return secret is not None and ApiToken.objects.filter(secret_hash=hash_secret(secret)).exists()
