"""Answers we already have: the same request again, or one that asks the same in other words."""
