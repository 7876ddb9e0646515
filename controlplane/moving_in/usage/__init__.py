"""Past usage of other gateways, as usage records: reports reach back, legacy codes included."""
