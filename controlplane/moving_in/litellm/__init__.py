"""LiteLLM's proxy: its `config.yaml`, its keys, teams and budgets as API or tables have them."""
