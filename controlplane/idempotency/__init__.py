"""Requests that may safely be sent again: the first answer is kept, and given once more."""
