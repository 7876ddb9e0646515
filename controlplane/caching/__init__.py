"""What is known of answers that are used again: reports, and what is stored of them."""
