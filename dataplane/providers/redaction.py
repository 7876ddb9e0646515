"""Taking our secrets out of what a provider says: they quote credentials, and name addresses."""

from typing import TypeVar

# Anything shorter is found in innocent text.
SECRET_LENGTH_MIN = 6
REDACTED = "[redacted]"

Words = TypeVar("Words", str, bytes)


def redact(words: Words, secrets: tuple[str, ...]) -> Words:
    """The words without any of our secrets or internal addresses in them."""
    for secret in secrets:
        if len(secret) >= SECRET_LENGTH_MIN:
            if isinstance(words, bytes):
                words = words.replace(secret.encode(), REDACTED.encode())
            else:
                words = words.replace(secret, REDACTED)
    return words
