"""The overview's figures, from one snapshot, and what is said of them."""
