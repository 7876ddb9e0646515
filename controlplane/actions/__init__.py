"""What is done about an alert, by a person or by a rule: for a time, on record, and taken back."""
