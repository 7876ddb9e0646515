"""What is unusual in series of spend and traffic: when, how much, whose, and what changed."""
