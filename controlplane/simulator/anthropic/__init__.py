"""Anthropic's dialect, as Anthropic and as Vertex serve it."""
