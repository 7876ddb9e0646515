"""Prompts and answers of virtual keys that store them, apart from the books."""
