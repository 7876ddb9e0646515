"""What both planes agree on; the only part of the data plane that the control plane may import."""
