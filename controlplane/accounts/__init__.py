"""Customers, teams, members and API tokens: who pays, and who may change what."""
