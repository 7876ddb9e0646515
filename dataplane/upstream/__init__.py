"""The call itself: the HTTP client, one attempt, the relay of a stream."""
