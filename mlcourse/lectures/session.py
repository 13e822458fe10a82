"""`setup_notebook`, the first cell of every lecture, and what it hands to the cells that follow."""

import importlib
import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass, field

from mlcourse import __version__, checks
from mlcourse.lectures import report


def setup_notebook(quick=None, seed=0, interactive=None):
    """Makes a notebook ready: quiet backend, memory growth, seeds, style; says so in one line.

    On Colab it also installs the packages of mlcourse that are missing there, and
    leaves those that are there alone.

    Args:
        quick: whether the lecture is run with fewer pictures and epochs; None asks
            the environment (`MLCOURSE_QUICK=1`), which otherwise means a whole lecture.
        seed: for Python, NumPy and the backend.
        interactive: whether pictures with controls have these; without, they are still pictures,
            such as one would print. None asks the environment (`MLCOURSE_INTERACTIVE=0` for
            still pictures), which otherwise means with controls.

    Returns:
        A `Session`.
    """
    if interactive is not None:
        checks.flag("interactive", interactive)
        os.environ["MLCOURSE_INTERACTIVE"] = "1" if interactive else "0"
    if "google.colab" in sys.modules:
        install_missing()
    from mlcourse import devices

    device = devices.configure()  # before anything else imports the backend
    with devices.quiet():  # Keras seeds TensorFlow too, even when it computes elsewhere
        from mlcourse import training

        training.set_seed(seed)
    _style()
    if quick is None:
        quick = checks.is_set("MLCOURSE_QUICK")
    session = Session(bool(quick), str(device), has_gpu=bool(device.gpus))
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
        rows: by what was measured, this run's figure and the reference's, as text.
    """

    quick: bool
    device: str
    has_gpu: bool = False
    rows: dict = field(default_factory=dict)

    @property
    def mode(self):
        """The run in words."""
        return "quick run" if self.quick else "whole lecture"

    def pick(self, whole, quick, gpu=None):
        """Returns what this run is to use.

        Args:
            whole: for the whole lecture.
            quick: for the quick run.
            gpu: for the whole lecture on a GPU; None for the same as without one.

        >>> Session(quick=True, device="").pick(25, quick=5)
        5
        """
        if self.quick:
            return quick
        return gpu if self.has_gpu and gpu is not None else whole

    def record(self, what, value, reference=""):
        """Notes a figure for the table at the end; a cell that is run again replaces its own.

        Args:
            what: what was measured.
            value: a number: a share prints with four places, a count with none.
            reference: the figure to compare with, if there is one.
        """
        self.rows[what] = report.number(value), report.number(reference)

    def report(self, dataset):
        """Shows the recorded figures beside the reference's, with their data, mode and device."""
        from IPython.display import display

        from mlcourse.datasets import STAND_IN

        facts = {
            "data": f"{dataset.title} ({dataset.kind}, source: {dataset.source})",
            "mode": self.mode,
            "device": self.device,
            "stand_in": dataset.source == STAND_IN,
            "rows": [[what, *figures] for what, figures in self.rows.items()],
        }
        display(report.bundle(facts), raw=True)
