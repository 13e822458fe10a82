"""Find code in old notebooks that Keras 3 does not run, without running it."""

from mlcourse.lectures.old_notebooks.reading import RULES, example, old_code

__all__ = ["RULES", "example", "old_code"]
