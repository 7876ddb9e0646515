"""The one grammar of a page's URL: which requests it is about, and when (`README.md`)."""
