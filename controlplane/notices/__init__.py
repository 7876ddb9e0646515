"""Telling people and programs of alerts: channels, rules, and an outbox that loses nothing."""
