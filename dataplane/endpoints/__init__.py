"""HTTP in and out: parse, call the pipeline, format."""
