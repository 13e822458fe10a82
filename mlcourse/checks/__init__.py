"""Checks of arguments: each returns its value, or raises ValueError: the rule, then the value."""

from mlcourse.checks.arrays import (
    array,
    columns,
    equally_many,
    finite,
    floats,
    length,
    mapping,
    same_length,
    sides,
    texts,
)
from mlcourse.checks.networks import chain, taken, target, targets
from mlcourse.checks.records import as_begun
from mlcourse.checks.values import (
    choice,
    flag,
    folder,
    function,
    generator,
    integer,
    is_set,
    kind,
    number,
    path,
    positive,
    seed,
    text,
)
