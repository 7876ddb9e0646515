"""A provider's bill beside the books: why they differ, by day and model. See `explaining.py`."""
