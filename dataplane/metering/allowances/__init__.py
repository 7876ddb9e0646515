"""What this process may spend without asking: drawn ahead, reserved in memory, given back idle."""
