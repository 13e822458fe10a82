"""Code of old notebooks that Keras 3 no longer runs, found without running it."""

from mlcourse.old_notebooks.reading import example, old_code
from mlcourse.old_notebooks.rules import RULES

__all__ = ["RULES", "example", "old_code"]
