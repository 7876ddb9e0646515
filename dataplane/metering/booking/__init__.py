"""Records on their way from memory or an orphaned journal into the books."""
