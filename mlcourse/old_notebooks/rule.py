"""A rule: old code, how it is found, and what to write instead."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Code that old notebooks have.

    Attributes:
        old: an example of it.
        finds: a function of a syntax node and the `Names` of a notebook; it returns what it has
            `Found`, or None.
        note: what else to know.
        new: what to write instead, where this does not depend on what the notebook has.
        status: "problem", or "note" if it still works under conditions that the note says.
    """

    old: str
    finds: Callable
    note: str = ""
    new: str = ""
    status: str = "problem"
