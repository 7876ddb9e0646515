#!/usr/bin/env python
"""Purser's command line: `manage.py up` runs everything, `manage.py help` lists the rest."""

import sys

from controlplane.runtime.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
