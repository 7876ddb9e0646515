"""What a past period would have cost otherwise, and which requests would have been refused."""
