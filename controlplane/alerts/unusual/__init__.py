"""Unusual: what the anomaly detector sees in the usage of now, as alerts."""
