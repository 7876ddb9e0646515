"""What people configure and what they see: Django, the owner of the schema."""
