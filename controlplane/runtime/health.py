"""Is the control plane alive (`/healthz`), and does its database answer (`/readyz`)?"""

from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse


@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", "text/plain")


@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("the database does not answer\n", "text/plain", 503)
    return HttpResponse("ready\n", "text/plain")
