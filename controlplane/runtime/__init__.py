"""Running the product: `manage.py up`, the embedded database, supervision, bootstrap."""
