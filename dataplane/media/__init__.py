"""Images and documents that clients point at, fetched for providers that want bytes.

Whoever has a virtual key can make the gateway call an address, so nothing here trusts one: who may
be called is in `rules.py`, which addresses are public in `addresses.py`, what may come back in
`kinds.py`. Providers that fetch by themselves are given the address and nothing happens here.
"""
