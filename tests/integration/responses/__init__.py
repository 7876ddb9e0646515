"""OpenAI's Responses API over providers that do not speak it, with the official SDK."""
