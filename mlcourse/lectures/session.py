"""`setup_notebook`, the first cell of every lecture, and what it hands to the cells that follow."""

import html
import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass, field

from mlcourse import __version__

REPORT = "application/vnd.mlcourse.report+json"
"""Under this type the last cell's table is kept in the notebook for the one who ran it."""


def setup_notebook(quick=None, seed=0):
    """Makes a notebook ready: quiet backend, memory growth, seeds, style; says so in one line.

    On Colab it also installs the packages of mlcourse that are missing there, and
    leaves those that are there alone.

    Args:
        quick: whether the lecture is run with fewer pictures and epochs; None asks
            the environment (`MLCOURSE_QUICK=1`), which otherwise means a whole lecture.
        seed: for Python, NumPy and the backend.

    Returns:
        A `Session`.
    """
    if "google.colab" in sys.modules:
        install_missing()
    from mlcourse import devices

    device = devices.configure()  # before anything else imports the backend
    from mlcourse import training

    training.set_seed(seed)
    _style()
    if quick is None:
        quick = os.environ.get("MLCOURSE_QUICK", "0") not in ("", "0")
    session = Session(quick=bool(quick), device=str(device))
    print(f"mlcourse {__version__} · {device} · {_data()} · {session.mode}")
    return session


def install_missing():
    """Installs, with pip, the packages that mlcourse requires and that are not there. For Colab."""
    missing = [name for name in importlib.metadata.requires("mlcourse") if _is_missing(name)]
    if missing:
        print(f"Installing {', '.join(missing)}")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *missing], check=True)


def _is_missing(requirement):
    from packaging.requirements import Requirement

    requirement = Requirement(requirement)
    if requirement.marker is not None:  # an extra: nobody asked for it
        return False
    try:
        importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


def _style():
    from matplotlib import pyplot as plt

    from mlcourse.figures import STYLE

    plt.rcParams.update(STYLE)


def _data():
    from mlcourse import datasets

    known = datasets.in_cache()
    return "data in the cache: " + ", ".join(known) if known else "no data in the cache yet"


@dataclass
class Session:
    """How this run of a lecture is made, and what it found.

    Attributes:
        quick: whether it is the short run.
        device: backend and device, in words.
    """

    quick: bool
    device: str
    rows: list = field(default_factory=list)

    @property
    def mode(self):
        """The run in words."""
        return "quick run" if self.quick else "whole lecture"

    def pick(self, whole, quick):
        """Returns what this run is to use: a figure of the whole lecture, or that of the quick run.

        >>> Session(quick=True, device="").pick(25, quick=5)
        5
        """
        return quick if self.quick else whole

    def record(self, what, value, reference=""):
        """Notes a figure for the table at the lecture's end.

        Args:
            what: what was measured.
            value: a number: a share prints with four places, a count with none.
            reference: the figure to compare with, if there is one.
        """
        self.rows.append([what, _text(value), _text(reference)])

    def report(self, dataset):
        """Shows the recorded figures beside the reference's, with their data, mode and device."""
        from IPython.display import display

        from mlcourse.datasets import STAND_IN

        facts = {
            "data": f"{dataset.title} (source: {dataset.source})",
            "mode": self.mode,
            "device": self.device,
        }
        caption = " · ".join(facts.values())
        head = ["figure", "this run", "reference"]
        lines = [caption, *columns([head, *self.rows])]
        report = {**facts, "stand_in": dataset.source == STAND_IN, "rows": self.rows}
        display(
            {
                "text/html": _table(caption, head, self.rows),
                "text/plain": "\n".join(lines),
                REPORT: report,
            },
            raw=True,
        )


def _text(value):
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def columns(rows):
    """Returns the rows as lines of aligned columns: the first to the left, the rest right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _table(caption, head, rows):
    def cells(tag, row):
        first, *rest = (html.escape(cell) for cell in row)
        left, right = ' style="text-align:left"', ' style="text-align:right"'
        return (
            f"<tr><{tag}{left}>{first}</{tag}>"
            + "".join(f"<{tag}{right}>{cell}</{tag}>" for cell in rest)
            + "</tr>"
        )

    body = "".join(cells("td", row) for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead>{cells('th', head)}</thead><tbody>{body}</tbody></table>"
    )
