"""Why a gateway is not in the table."""


class Missing(Exception):
    """It could not be installed or started; the message says why, in half a sentence."""
