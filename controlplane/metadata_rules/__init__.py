"""What finance may count on in the metadata of requests: rules for a customer's keys of it."""
