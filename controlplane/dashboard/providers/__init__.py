"""Providers and their models: how they fare, and what they cost."""
