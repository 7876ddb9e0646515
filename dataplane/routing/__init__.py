"""Where a call goes: which deployments, in which order, and what an error means."""
