"""One module a page: ask the apps' queries, then show."""
