"""The dashboard: pages for people, rendered here, with a URL for every view."""
