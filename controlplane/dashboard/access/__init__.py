"""Customers, teams and keys: what they may do, what they have left, why they were refused."""
