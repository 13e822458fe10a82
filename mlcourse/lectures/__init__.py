"""Lectures: which there are, what a notebook needs to start, and how one is run headless.

`catalogue` lists the lectures, `setup_notebook` is the first cell of each, `run`
executes one and writes it as a page.
"""

from mlcourse.lectures import doctor
from mlcourse.lectures.catalog import Lecture, LectureFailed, catalogue, find
from mlcourse.lectures.session import Session, setup_notebook

__all__ = [
    "Lecture",
    "LectureFailed",
    "Session",
    "catalogue",
    "doctor",
    "find",
    "run",
    "setup_notebook",
]


def __getattr__(name):
    if name == "run":  # nbclient and nbconvert are wanted by those who run lectures, not by a cell
        from mlcourse.lectures.runner import run

        return run
    raise AttributeError(f"module 'mlcourse.lectures' has no attribute {name!r}")
