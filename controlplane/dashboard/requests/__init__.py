"""Single requests: the list of them, and one with its cost explained."""
