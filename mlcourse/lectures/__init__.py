"""List lectures, set up their notebooks, and run them without a browser.

`available` lists the lectures, `setup_notebook` is the first cell of each of them, and `run`
executes a lecture and writes it as an HTML page.
"""

from mlcourse.lectures import doctor
from mlcourse.lectures.catalog import Lecture, LectureFailed, available, find
from mlcourse.lectures.session import Session, setup_notebook

__all__ = [
    "Lecture",
    "LectureFailed",
    "Session",
    "available",
    "doctor",
    "find",
    "run",
    "setup_notebook",
]


def __getattr__(name):
    if name == "run":  # imported late: notebooks need neither nbclient nor nbconvert
        from mlcourse.lectures.runner import run

        return run
    raise AttributeError(f"module 'mlcourse.lectures' has no attribute {name!r}")
