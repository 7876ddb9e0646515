"""Rate limits drawn in slices: the parts behind `dataplane.access.rate_limits`."""
