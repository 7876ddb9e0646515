"""What goes wrong when somebody wants to see what happens then."""
