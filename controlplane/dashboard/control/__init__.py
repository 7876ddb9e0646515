"""Alerts and the audit log: what needs a decision, and who made which."""
