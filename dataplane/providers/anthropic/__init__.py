"""Anthropic's Messages API, as it is offered by Anthropic and by Google's Vertex AI."""
