"""What an upstream failure means: go on to the next deployment, or answer. The whole table.

| the upstream …                                   | then                                        |
|--------------------------------------------------|---------------------------------------------|
| cannot be reached, resets, truncates, stalls      | next                                        |
| answers no JSON, or 200 with an error inside      | next                                        |
| 401, 403 (our credential), 402, 407, 408, 425     | next                                        |
| 424 (the model behind Bedrock failed)            | next                                        |
| 429                                              | next; the last one is passed on             |
| 404 (this deployment lacks the model)             | next; the last one is passed on             |
| 400, 409, 410, 413, 415, 422, any other 4xx      | answer: the request itself is at fault      |
| 5xx, 3xx                                         | next                                        |
"""

CREDENTIAL_REFUSED = frozenset({401, 402, 403, 407})
PASSED_ON_LAST = frozenset({404, 429})
TRANSIENT = frozenset({408, 424, 425})


def request_is_at_fault(status: int) -> bool:
    """Whether another deployment would refuse it, too."""
    return 400 <= status < 500 and not (
        status in CREDENTIAL_REFUSED or status in PASSED_ON_LAST or status in TRANSIENT
    )


def may_be_passed_on(status: int) -> bool:
    """Whether the client learns more from the provider's answer than from our 502."""
    return request_is_at_fault(status) or status in PASSED_ON_LAST
