"""What a call may cost and did cost: estimates, reservations, the books."""
