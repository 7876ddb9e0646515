"""The journal: what this process must not forget, on disk before anyone hears of it."""
