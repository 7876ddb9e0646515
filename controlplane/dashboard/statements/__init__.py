"""Statements as tables that are saved as files."""
