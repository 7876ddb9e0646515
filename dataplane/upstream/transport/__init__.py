"""HTTP/1.1 as a client: connections kept alive, requests written, answers handed on as they come.

Made for a relay, so only what a relay needs. No HTTP/2: multiplexing saves connections, which are
cheap to a handful of providers, and costs a frame layer in Python for every chunk. No redirects: a
provider's address is configured, and a credential must not follow a stranger's advice. No cookies:
requests of different customers share nothing. No proxies and no content decoding: bytes pass
through.
"""
