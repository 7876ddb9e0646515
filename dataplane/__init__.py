"""What happens to one request: ASGI, async, and never Django."""
