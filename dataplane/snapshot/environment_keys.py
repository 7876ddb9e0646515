"""API keys of the environment, for providers whose credential is `{}`: stored, and nothing in it.

AWS's and Google's are not here: they change while a process runs, and are found when they are used.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

# A server that speaks OpenAI's format is somebody else's, so it has no key of a known name.
VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "azure_openai": ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
}


def filled_in(
    credential: Mapping[str, Any], kind: str, environment: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """The credential, with the environment's key where it names none; a `weight` is no part."""
    if set(credential) - {"weight"}:
        return dict(credential)
    names = VARIABLES.get(kind, ())
    key = next((environment[name] for name in names if environment.get(name)), None)
    return {**credential, "api_key": key} if key else dict(credential)
