"""Any measure by any two dimensions over any period: what Explore asks, and what it shows."""
