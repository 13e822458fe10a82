"""Checks of arguments: each raises ValueError, the rule, then the value; most return the value."""

from mlcourse.checks.arrays import (
    array,
    columns,
    equally_many,
    finite,
    floats,
    is_dataset,
    length,
    mapping,
    same_length,
    sides,
    texts,
)
from mlcourse.checks.labels import all_finite, distributions, labels, within
from mlcourse.checks.networks import chain, fits, has_target, shaped, taken, targets
from mlcourse.checks.records import as_begun
from mlcourse.checks.values import (
    choice,
    flag,
    folder,
    function,
    generator,
    integer,
    is_instance,
    is_set,
    kind,
    lecture_seed,
    number,
    path,
    positive,
    seed,
    text,
    whole,
)
