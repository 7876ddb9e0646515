"""Whether the bills of providers agree with the books, by day and model, and why not."""
