"""Believable traffic of several customers, for newcomers, screenshots and tests.

Who there is (`people`, `offers`), when they call (`rhythm`, `events`), what a call looks like
(`calls`), what budgets let pass (`allotments`, `admission`), and how it comes into the books
(`booking`). The same seed, length and end give the same records.
"""
