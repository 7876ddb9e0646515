"""The PostgreSQL that comes with Purser, for everyone who did not set `DATABASE_URL`.

`embedded` is the door: who wants the server acquires it, and the last to release it stops it.
"""
