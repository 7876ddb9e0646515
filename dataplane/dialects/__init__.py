"""What clients speak: one folder for each of their dialects."""
