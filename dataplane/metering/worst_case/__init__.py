"""What a call can cost at most, from its contents, its tools, its limits and the dearest price."""
