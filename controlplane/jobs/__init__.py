"""What the scheduled jobs did: each run with its result or its error, and which are late."""
