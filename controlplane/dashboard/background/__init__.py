"""Files that take their time: asked for on a page, made by a task, kept for a while."""
