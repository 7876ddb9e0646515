"""What all resources of the API have in common: parse, call the service, show."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from controlplane import saving
from controlplane.accounts import permissions
from controlplane.accounts.permissions import Principal, Resource
from controlplane.api import idempotency, versions
from controlplane.api.acting import name_actor
from controlplane.api.serializers import ListQuery, NoQuery
from controlplane.validators import is_storable

SLUG_IN_PATH = "[^/]+"
PAGING = frozenset({"limit", "cursor", "order"})
OUT_OF_BOUNDS = "This is not within what you are bound to."
NAME_IN_PATH = ".+"  # ids of models and prices contain slashes


class ResourceView(GenericViewSet):
    """One resource. A subclass names its rows, serializers and filters, and calls its services."""

    resource: Resource
    query_serializer: type[ListQuery] = ListQuery
    # Serializers of actions that take or answer something else than the resource as it is shown.
    requests: Mapping[str, type[Serializer]] = {}
    answers: Mapping[str, type[Serializer]] = {}
    query: dict[str, Any]
    post: Any
    lists: frozenset[str] = frozenset({"list"})
    """Actions that take the parameters of the list."""
    newest_first = False
    moving: frozenset[str] = frozenset()
    """Fields that change without anybody's doing, and make no new version."""
    id_column = "pk"
    lookup_url_kwarg = "id"
    lookup_value_regex = SLUG_IN_PATH

    def add(self, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change(self, row: Any, changes: dict[str, Any]) -> Model:
        raise NotImplementedError

    def remove(self, row: Any) -> None:
        raise NotImplementedError

    def matching(self, rows: QuerySet, filters: dict[str, Any]) -> QuerySet:
        return rows.filter(**filters)

    def context_for(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What the serializer needs to know to show these rows."""
        return {}

    def list(self, request: Request) -> Response:
        filters = {name: value for name, value in self.query.items() if name not in PAGING}
        page = self.paginate_queryset(self.matching(self.get_queryset(), filters))
        return self.get_paginated_response(self.shown(page))

    def retrieve(self, request: Request, id: str) -> Response:
        return self._shown_with_version(self.get_object())

    def create(self, request: Request) -> Response:
        return self.answer(self.add(self.read(request)), status=201)

    def update(self, request: Request, id: str, *, partial: bool = False) -> Response:
        row = self.get_unchanged(request)
        return self.answer(self.change(row, self.read(request, row, partial=partial)))

    def partial_update(self, request: Request, id: str) -> Response:
        return self.update(request, id, partial=True)

    def destroy(self, request: Request, id: str) -> Response:
        self.remove(self.get_unchanged(request))
        return Response(status=204)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name_actor(request)
        context = {"principal": self.principal}
        query = self.query_kind()(data=request.query_params, context=context)
        query.is_valid(raise_exception=True)
        self.query = query.validated_data
        self._answer_once(request)

    def get_queryset(self) -> QuerySet:
        return permissions.visible(super().get_queryset(), self.principal)

    def get_object(self) -> Any:
        key = self.kwargs[self.lookup_url_kwarg]
        row = self._find(key) if is_storable(key) else None
        if row is None:
            raise NotFound(f"There is no such {self.queryset.model._meta.verbose_name}.")
        return row

    def _find(self, key: str) -> Any:
        try:
            return self.get_queryset().filter(**{self.id_column: key}).first()
        except (ValueError, OverflowError):  # no number, where ids are numbers
            return None

    def get_unchanged(self, request: Request) -> Any:
        """The row, held, if it is still the version that `If-Match` names. Raises `Outdated`."""
        row = self.get_object()
        if versions.names_a_version(request):
            saving.lock(row)
            row = self.get_object()
            versions.require(request, versions.version_of(self.shown([row])[0], self.moving))
        return row

    def query_kind(self) -> type[NoQuery]:
        """The parameters that the action takes."""
        return self.query_serializer if self.action in self.lists else NoQuery

    @property
    def principal(self) -> Principal | None:
        return permissions.principal_of(self.request.user)

    def read(self, request: Request, row: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The body's fields, as the service takes them."""
        kind = self.requests.get(self.action, self.serializer_class)
        context = self._context([row] if row is not None else [])
        serializer = kind(row, data=request.data, partial=partial, context=context)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def shown(self, rows: Sequence[Any]) -> Any:
        return self.serializer_class(rows, many=True, context=self._context(rows)).data

    def answer(self, row: Model, *, status: int = 200, **more: Any) -> Response:
        """The row as it is now stored, and what only this answer tells.

        Raises `PermissionDenied`, and takes the change back, if it leads out of the own bounds.
        """
        stored = self.get_queryset().filter(pk=row.pk).first()
        if stored is None:
            raise PermissionDenied(OUT_OF_BOUNDS)
        return self._shown_with_version(stored, status=status, **more)

    def _shown_with_version(self, row: Model, *, status: int = 200, **more: Any) -> Response:
        shown = self.shown([row])[0]
        headers = {"ETag": versions.version_of(shown, self.moving)}
        return Response({**shown, **more}, status=status, headers=headers)

    def _answer_once(self, request: Request) -> None:
        """Puts the guard against repetition before the handler of a POST that asks for it."""
        if request.method == "POST" and (key := idempotency.key_of(request)) is not None:
            handler, principal = self.post, self.principal
            assert principal is not None, "permissions let nobody through who is nobody"
            self.post = lambda request, *args, **kwargs: idempotency.answer_once(
                request, key, principal, lambda: handler(request, *args, **kwargs)
            )

    def _context(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {"principal": self.principal, **self.context_for(rows)}
