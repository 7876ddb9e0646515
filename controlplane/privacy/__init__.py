"""What is held on a customer: erased on request, forgotten with time, given out as a file."""
