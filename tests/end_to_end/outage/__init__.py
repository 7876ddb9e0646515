"""The providers and the clients of an outage drill."""
