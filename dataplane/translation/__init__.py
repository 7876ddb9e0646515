"""Where a client's dialect meets a provider's: passed through where they are one."""
