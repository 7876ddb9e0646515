"""Vendors by the names that other gateways call them: which kind of provider, and where."""

import re
from typing import NamedTuple


class Vendor(NamedTuple):
    """`base_url` is empty for the kind's own; `needs_url` where the file has to say it."""

    kind: str
    base_url: str = ""
    needs_url: bool = False


def _compatible(base_url: str) -> Vendor:
    return Vendor("openai_compatible", base_url)


OWN_SERVER = Vendor("openai_compatible", needs_url=True)
VENDORS = {
    "openai": Vendor("openai"),
    "text-completion-openai": Vendor("openai"),
    "anthropic": Vendor("anthropic"),
    "azure": Vendor("azure_openai", needs_url=True),
    "azure_text": Vendor("azure_openai", needs_url=True),
    "azure_ai": OWN_SERVER,
    "bedrock": Vendor("bedrock"),
    "bedrock_converse": Vendor("bedrock"),
    "gemini": Vendor("gemini"),
    "vertex": Vendor("vertex"),
    "vertex_ai": Vendor("vertex"),
    "vertex_ai_beta": Vendor("vertex"),
    "cerebras": _compatible("https://api.cerebras.ai/v1"),
    "cohere": _compatible("https://api.cohere.ai/compatibility/v1"),
    "cohere_chat": _compatible("https://api.cohere.ai/compatibility/v1"),
    "deepinfra": _compatible("https://api.deepinfra.com/v1/openai"),
    "deepseek": _compatible("https://api.deepseek.com/v1"),
    "fireworks": _compatible("https://api.fireworks.ai/inference/v1"),
    "fireworks_ai": _compatible("https://api.fireworks.ai/inference/v1"),
    "groq": _compatible("https://api.groq.com/openai/v1"),
    "mistral": _compatible("https://api.mistral.ai/v1"),
    "nvidia_nim": _compatible("https://integrate.api.nvidia.com/v1"),
    "openrouter": _compatible("https://openrouter.ai/api/v1"),
    "perplexity": _compatible("https://api.perplexity.ai"),
    "sambanova": _compatible("https://api.sambanova.ai/v1"),
    "together_ai": _compatible("https://api.together.xyz/v1"),
    "xai": _compatible("https://api.x.ai/v1"),
    "custom_openai": OWN_SERVER,
    "hosted_vllm": OWN_SERVER,
    "litellm_proxy": OWN_SERVER,
    "llamafile": OWN_SERVER,
    "lm_studio": OWN_SERVER,
    "ollama": OWN_SERVER,
    "ollama_chat": OWN_SERVER,
    "sgl": OWN_SERVER,
    "vllm": OWN_SERVER,
    "xinference": OWN_SERVER,
}
OLLAMA = re.compile(r"ollama(_chat)?|sgl|vllm")
# Paths that belong to single calls; a base URL has none of them.
CALL_PATHS = re.compile(r"/(v1/messages|chat/completions|completions|v1beta|v1alpha)/*$")


def base_url(name: str, vendor: Vendor, given: str) -> str:
    """Where its calls go, as our kinds want it said; empty for the kind's own address."""
    url = CALL_PATHS.sub("", given.rstrip("/"))
    if vendor.kind == "anthropic":
        return url.removesuffix("/v1")
    if url and OLLAMA.fullmatch(name) and not url.endswith("/v1"):
        return f"{url}/v1"
    return url or vendor.base_url
