"""The data plane as an ASGI application: routes, the start and the stop, and nothing else."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from dataplane.endpoints import inference, models, quota
from dataplane.endpoints.http import Receive, Scope, Send, send_error, send_whole
from dataplane.errors import GatewayError, MethodNotAllowed, NotFound
from dataplane.gateway import Gateway
from dataplane.judging import Judge
from dataplane.request import Endpoint, new_request_id

MODELS = "/v1/models"
QUOTA = "/v1/quota"
ENDPOINTS = {f"/v1/{endpoint.value}": endpoint for endpoint in Endpoint}
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
TEXT = {"content-type": "text/plain; charset=utf-8"}

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def create_app(gateway: Gateway) -> Application:
    """The application over one gateway, which it starts and stops with its lifespan."""
    gateway.cache.comparing.ask_judge = Judge(gateway).ask

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _route(gateway, scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(gateway, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    return app


async def _route(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    path, method = scope["path"], scope["method"]
    if (endpoint := ENDPOINTS.get(path)) is not None and method == "POST":
        await inference.serve(endpoint, gateway, scope, receive, send)
    elif method == "GET" and path == MODELS:
        await models.serve(gateway, scope, send, None)
    elif method == "GET" and path.startswith(f"{MODELS}/"):
        await models.serve(gateway, scope, send, unquote(path.removeprefix(f"{MODELS}/")))
    elif method == "GET" and path == QUOTA:
        await quota.serve(gateway, scope, send)
    elif method == "GET" and path == "/metrics":
        body = gateway.telemetry.scrape()
        await send_whole(send, 200, {"content-type": METRICS_TYPE}, body)
    elif method == "GET" and path == "/healthz":
        await send_whole(send, 200, TEXT, b"ok\n")
    elif method == "GET" and path == "/readyz":
        ready = gateway.is_ready
        await send_whole(send, 200 if ready else 503, TEXT, b"ready\n" if ready else b"not ready\n")
    else:
        request_id = new_request_id(gateway.clock.now())
        await send_error(send, _no_route(path, method), request_id, ENDPOINTS.get(path))


def _no_route(path: str, method: str) -> GatewayError:
    if path in ENDPOINTS or path in (MODELS, QUOTA):
        allowed = "POST" if path in ENDPOINTS else "GET"
        return MethodNotAllowed(
            "method_not_allowed",
            f"Use {allowed}, not {method}, for this path.",
            headers={"allow": allowed},
        )
    return NotFound("path_not_found", "There is nothing at this path.")


async def _live(gateway: Gateway, receive: Receive, send: Send) -> None:
    await receive()
    await gateway.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await gateway.stop()
    await send({"type": "lifespan.shutdown.complete"})
