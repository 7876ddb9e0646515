"""The benchmark: Purser beside other gateways, on one machine, in one run. See README.md."""
