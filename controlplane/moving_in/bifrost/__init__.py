"""Bifrost: its `config.json` with providers and governance."""
