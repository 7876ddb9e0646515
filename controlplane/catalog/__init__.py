"""Providers, models and prices: what can be called, and for how much."""
