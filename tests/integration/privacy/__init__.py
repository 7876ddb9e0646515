"""Erasing, forgetting and giving out what is held of a customer."""
