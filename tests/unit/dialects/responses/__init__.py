"""The Responses dialect of clients."""
