"""Live components: Python's side of what `mlcourse/interactive/js` shows in the page."""
