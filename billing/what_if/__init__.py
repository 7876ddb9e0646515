"""A past period replayed otherwise: other prices, another model, another budget. Pure rules."""
