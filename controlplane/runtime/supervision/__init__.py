"""Keeping processes alive and ending them in order. Knows nothing of Django or of what they do."""
