"""Old code and what to write instead: the one home of these rules.

The page docs/old-notebooks.md has a row for each; `mlcourse doctor NOTEBOOK` finds them.
"""

from mlcourse.old_notebooks import (
    rules_of_arguments,
    rules_of_keras,
    rules_of_layers,
    rules_of_packages,
    rules_of_training,
)

RULES = (
    *rules_of_layers.RULES,
    *rules_of_arguments.RULES,
    *rules_of_training.RULES,
    *rules_of_keras.RULES,
    *rules_of_packages.RULES,
)
