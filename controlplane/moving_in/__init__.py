"""Moving in: what other gateways were told, in our words.

A peer's files are read with places (`part.py`), translated into sections of declarative
configuration (`wanted.py`), and applied by `controlplane.provisioning`. What was made of each field
is kept beside it (`coverage.py`) and reported (`report.py`).
"""
