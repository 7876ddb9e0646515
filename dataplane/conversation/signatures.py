"""Whose proof of its thoughts a signature is, where the signature itself does not tell.

Clients hold the proofs of several providers in one history, when a fallback answered a turn, and
each provider refuses what another one signed. Claude's go to clients as they are, since the SDKs
of Anthropic send them back to Anthropic itself; all others get the name of their maker in front.
"""

SEPARATOR = "#"


def marked(signature: str, maker: str) -> str:
    """As clients get it."""
    return f"{maker}{SEPARATOR}{signature}"


def made_by(maker: str, signature: str | None) -> str | None:
    """The signature as its maker wrote it; None for one of another's."""
    if signature is None or not signature.startswith(f"{maker}{SEPARATOR}"):
        return None
    return signature[len(maker) + len(SEPARATOR) :]


def is_marked(signature: str) -> bool:
    """Whether it is of a maker who is named: in base64 there is no such sign."""
    return SEPARATOR in signature
