"""The REST API under `/api/v1/`: one file a resource; parse, call a service, show."""
