"""The configuration in the data plane's memory: catalog whole, keys on first use."""
