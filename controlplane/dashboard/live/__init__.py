"""What is happening now: a page, and the socket that keeps it so."""
