"""Usage records, read-only: reports and exports over them."""
