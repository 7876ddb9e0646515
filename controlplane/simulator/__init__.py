"""The demo provider: an OpenAI-compatible server that needs no account and has no model.

It echoes, counts tokens by a fixed rule, and says in every answer that it is a simulator. It is an
upstream like any other, in a process of its own; nothing here imports the rest of Purser.
One module speaks one endpoint; `app.ROUTES` says which.
"""
