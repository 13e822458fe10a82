"""The session of a notebook: settings, recorded figures, and their report."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import numbers
import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcourse import __version__
from mlcourse._core import checks, tables

if TYPE_CHECKING:
    from mlcourse.datasets import Dataset

MIME_TYPE = "application/vnd.mlcourse.report+json"
"""Under this type the last cell keeps its facts, for the one who ran the notebook."""

HEAD = ["figure", "this run", "reference"]


def bundle(facts):
    """Returns a report for a notebook: a table, text for those who see none, and the facts.

    Args:
        facts: a dict of "data", "mode" and "device" in words, "synthetic" (bool), "seed", and
            "figures" as `Session` keeps them. "rows" is added: each figure's name, this run's
            value and the reference's, as text.
    """
    rows = [
        [what, number(each["value"]), number(each["reference"])]
        for what, each in facts["figures"].items()
    ]
    facts = {**facts, "rows": rows}
    caption = " · ".join(facts[key] for key in ("data", "mode", "device"))
    return {
        "text/html": tables.as_html(caption, HEAD, facts["rows"]),
        "text/plain": "\n".join([caption, *lines(facts["rows"])]),
        MIME_TYPE: facts,
    }


def find(notebook):
    """Returns the facts that a notebook's last report kept; an empty dict if there is none."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    found = [output.data[MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return found[-1] if found else {}


def plain(value):
    """Returns a figure as JSON can have it: a whole number, another number, or text.

    Raises:
        ValueError: for anything else, and for what is not finite.
    """
    if isinstance(value, numbers.Integral):
        return int(value)
    return value if isinstance(value, str) else checks.number("a figure", value)


def number(value):
    """Returns a count with its thousands apart, a share with four places, and text as it is."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else tables.number_text(value)


def lines(rows):
    """Returns the table as lines of aligned columns."""
    return tables.as_lines(HEAD, rows)


def setup_notebook(
    quick: bool | None = None, seed: int | None = None, interactive: bool | None = None
) -> Session:
    """Makes a notebook ready: quiet backend, memory growth, seeds, style; says so in one line.

    It changes the process for this, as no other function of the package does: `matplotlib.rcParams`
    have the style, and the warnings of many small models are silenced, TensorFlow's of retracing
    and PyTorch's of a loss that is read as a number. `interactive` sets `MLCOURSE_INTERACTIVE`.

    On Colab it also installs the packages of mlcourse that are missing there, and
    leaves those that are there alone.

    Args:
        quick: whether the lecture is run with fewer pictures and epochs; None asks
            the environment (`MLCOURSE_QUICK=1`), which otherwise means a whole lecture.
        seed: for Python, NumPy and the backend; None asks the environment (`MLCOURSE_SEED=3`),
            which otherwise means 0.
        interactive: whether pictures with controls have these; without, they are still pictures,
            such as one would print. None asks the environment (`MLCOURSE_INTERACTIVE=0` for
            still pictures), which otherwise means with controls.

    Returns:
        A `Session`.

    Example:
        >>> lecture = setup_notebook()  # doctest: +SKIP
        mlcourse 0.1.0 · Keras 3.15.1 on tensorflow 2.21.0, CPU, 8 cores · ... · whole lecture
    """
    for name, value in (("quick", quick), ("interactive", interactive)):
        if value is not None:
            checks.flag(name, value)
    seed = checks.lecture_seed(seed)
    if interactive is not None:
        os.environ["MLCOURSE_INTERACTIVE"] = "1" if interactive else "0"
    if "google.colab" in sys.modules:
        install_missing()
    from mlcourse import devices

    device = devices.configure()  # before anything else imports the backend
    with devices.suppress_stderr():  # Keras seeds TensorFlow too, even when it computes elsewhere
        from mlcourse import training

        training.set_seed(seed)
    _silence_warnings()
    _style()
    if quick is None:
        quick = checks.is_set("MLCOURSE_QUICK")
    session = Session(quick, str(device), has_gpu=bool(device.gpus), seed=seed)
    print(f"mlcourse {__version__} · {device} · {_data()} · {session.mode}")
    return session


def install_missing():
    """Installs, with pip, the packages that mlcourse requires and that are not there. For Colab."""
    missing = [name for name in importlib.metadata.requires("mlcourse") if _is_missing(name)]
    if missing:
        print(f"Installing {', '.join(missing)}")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *missing], check=True)
        importlib.invalidate_caches()


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


def _silence_warnings():
    logging.getLogger("tensorflow").addFilter(_is_news)
    # Who reads a loss as a number wants no gradient of it.
    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True to a scalar")


def _is_news(record):
    """Whether a record is not the warning of retracing, which many small models bring about."""
    return "retracing" not in record.getMessage()


def _style():
    from matplotlib import pyplot as plt

    from mlcourse.figures import STYLE

    plt.rcParams.update(STYLE)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel"):  # else each figure is drawn twice, to cut margins that it has not
        from matplotlib_inline.config import InlineBackend

        InlineBackend.instance(parent=shell).print_figure_kwargs = {"bbox_inches": None}


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
        has_gpu: whether it is trained on a GPU.
        seed: what the lecture makes its random numbers from.
        figures: what was recorded: by its name "value", "reference" and "seconds", the time since
            the figure before.

    Example:
        >>> session = Session(quick=True, device="CPU")
        >>> session.mode
        'quick run'
    """

    quick: bool
    device: str
    has_gpu: bool = False
    seed: int = 0
    figures: dict = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter, repr=False)

    @property
    def mode(self) -> str:
        """The run in words."""
        return "quick run" if self.quick else "whole lecture"

    def choose(self, whole: object, quick: object, gpu: object = None) -> object:
        """Returns what this run is to use.

        Args:
            whole: for the whole lecture.
            quick: for the quick run.
            gpu: for the whole lecture on a GPU; None for the same as without one.

        >>> Session(quick=True, device="").choose(25, quick=5)
        5
        """
        if self.quick:
            return quick
        return gpu if self.has_gpu and gpu is not None else whole

    def record(self, what: str, value: float | str, reference: float | str = "") -> None:
        """Notes a figure for the table at the end; a cell that is run again replaces its own.

        Args:
            what: what was measured.
            value: a number: a share prints with four places, a count with none.
            reference: the figure to compare with, if there is one.
        """
        now = time.perf_counter()
        value, reference = plain(value), plain(reference)
        seconds, self._since = now - self._since, now
        self.figures[what] = {"value": value, "reference": reference, "seconds": seconds}

    def report(self, dataset: Dataset) -> None:
        """Shows the recorded figures beside the reference's, with their data, mode and device."""
        from IPython.display import display

        from mlcourse.datasets import SYNTHETIC

        facts = {
            "data": f"{dataset.title} ({dataset.kind}, source: {dataset.source})",
            "mode": self.mode,
            "device": self.device,
            "synthetic": dataset.source == SYNTHETIC,
            "seed": self.seed,
            "figures": self.figures,
        }
        display(bundle(facts), raw=True)
