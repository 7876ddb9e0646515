"""One file for each wire format."""
