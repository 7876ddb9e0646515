"""The demo provider: it speaks every provider's dialect, needs no account, and has no model.

It echoes, calls tools, counts tokens by a fixed rule, says in every answer that it is a simulator,
and fails as it is told to (`faults/`), so that an outage can be rehearsed. It is an upstream like
any other, in a process of its own; nothing here imports the rest of Purser. A folder speaks one
dialect; `routes.ROUTES` says which path is whose.
"""
