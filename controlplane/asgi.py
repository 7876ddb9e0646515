"""The control plane as an ASGI application, served by daphne: pages, and the live page's socket."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
pages = get_asgi_application()

# What follows needs Django to be set up.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from controlplane.dashboard.live.consumer import LiveConsumer  # noqa: E402
from controlplane.dashboard.live.strays import NothingHere  # noqa: E402
from controlplane.keys.checking import start_soon  # noqa: E402

sockets = URLRouter(
    [path("live/feed/", LiveConsumer.as_asgi()), path("<path:other>", NothingHere.as_asgi())]
)
application = ProtocolTypeRouter(
    {"http": pages, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(sockets))}
)
start_soon()
