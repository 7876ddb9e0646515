"""Another price list as a file: YAML or JSON with `prices`, as in a configuration file."""

from pathlib import Path
from typing import Any

import yaml

from controlplane.errors import invalid

BYTES_MAX = 1_000_000


def prices_in(path: Path) -> list[dict[str, Any]]:
    """The list of prices, amounts as the texts they were written as. Raises `DomainError`."""
    try:
        with path.open("rb") as file:
            text = file.read(BYTES_MAX + 1)
        if len(text) > BYTES_MAX:
            raise invalid("prices", "The file is too large.")
        # Every scalar stays a text: no amount becomes a float.
        held = yaml.load(text, Loader=yaml.BaseLoader)
    except OSError as error:
        raise invalid("prices", f"{path.name} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise invalid("prices", f"{path.name} is neither YAML nor JSON.") from None
    prices = held.get("prices") if isinstance(held, dict) else held
    if not isinstance(prices, list) or not all(isinstance(each, dict) for each in prices):
        raise invalid("prices", "The file is a list of prices, or has one under 'prices'.")
    return prices
