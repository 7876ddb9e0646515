"""What the first start creates, and what every later one makes sure of."""
