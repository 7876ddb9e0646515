"""What the page of the cache shows: keys, what each saved, and how sure one is of it."""
