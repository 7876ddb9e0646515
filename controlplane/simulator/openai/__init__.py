"""OpenAI's dialect, one module an endpoint. Azure speaks it at other addresses."""
