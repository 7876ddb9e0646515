"""Virtual keys: what a service sends, and what it may do."""
