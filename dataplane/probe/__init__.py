"""Whether a provider works: a program of its own, `python -m dataplane.probe PROVIDER [--model M]`.

It loads one provider as the data plane does, asks it in the data plane's own words for its models
and for the shortest of answers, once with each of its credentials, and prints what came of it as
one JSON object. No key is charged and nothing is booked: who configures a provider asks on the
installation's own account. Nothing it prints carries a credential or the address of a provider.
"""
