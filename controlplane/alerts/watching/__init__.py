"""What is looked at each minute: one file for each kind of alert, which says all that is so now.

A watcher takes the time and returns sightings; `watches.py` is the table of them. It opens nothing.
"""
