"""What needs a decision: one open alert for each cause, until it ends or somebody closes it."""
