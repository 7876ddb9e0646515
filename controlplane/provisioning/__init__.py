"""Declarative configuration: a file says what there should be, a plan says what that changes."""
