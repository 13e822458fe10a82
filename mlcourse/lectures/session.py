"""Set up a notebook, record its results, and report them in a table."""

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
    from mlcourse.datasets import Dataset, Injected
    from mlcourse.lectures.exercises import CheckResult

MIME_TYPE = "application/vnd.mlcourse.report+json"
"""MIME type of the report in the output of the last cell, read by `read_report`."""

THEMES = "light", "dark"
HEAD = ["result", "this run", "reference"]
REFERENCE_NOTE = "Reference: the result of an earlier course or of the article."

QUICK_RUN = "quick run"
QUICK_NOTICE = (
    "A quick run uses few images and epochs: where the text compares results, it describes the "
    "full run."
)
CHECK_HEAD = ["exercise", "result", "attempts"]


def mime_bundle(facts):
    """Return a report as a MIME bundle: an HTML table, plain text, and the facts as JSON.

    Args:
        facts: a dict of "data", "mode" and "device" (text), "synthetic" (bool), "seed",
            "figures", the results as `Session.results` has them, and "checks", the exercises as
            `Session.checks` has them. "rows" is added: the name, the value of this run and the
            reference of each result, as text. A table without rows is left out.
    """
    rows = [
        [name, format_number(result["value"]), format_number(result["reference"])]
        for name, result in facts["figures"].items()
    ]
    facts = {**facts, "rows": rows}
    caption = tables.terminal_text(" · ".join(facts[key] for key in ("data", "mode", "device")))
    if any(reference for *_, reference in rows):
        caption = f"{caption}. {REFERENCE_NOTE}"
    checked = _check_rows(facts.get("checks", {}))
    named_tables = [(head, body) for head, body in ((HEAD, rows), (CHECK_HEAD, checked)) if body]
    html = "".join(tables.as_html(caption, head, body) for head, body in named_tables)
    html = html or f"<p>{tables.html_text(caption)}</p>"
    lines = [line for head, body in named_tables for line in tables.as_lines(head, body)]
    return {
        "text/html": html,
        "text/plain": "\n".join([caption, *lines]),
        MIME_TYPE: facts,
    }


def _check_rows(recorded):
    """Return the name, the result and the number of attempts of each checked exercise."""
    return [
        [
            name,
            "passed" if result["passed"] else result["mistake"] or "not passed",
            str(result["attempts"]),
        ]
        for name, result in recorded.items()
    ]


class CheckFailed(AssertionError):
    """Raised if nbgrader runs the notebook and an answer is wrong: the cell gets no points."""


def read_report(notebook):
    """Return the facts of the last report in an executed notebook, or an empty dict."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    reports = [output.data[MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return reports[-1] if reports else {}


def to_json_value(value):
    """Return a result as an int, a float or a string, for JSON.

    Raises:
        ValueError: if it is of another type, or not finite.
    """
    if isinstance(value, numbers.Integral):
        return int(value)
    return value if isinstance(value, str) else checks.number("a result", value)


def format_number(value):
    """Return a count with thousands separators, a fraction with four decimals, or text as is."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else tables.number_text(value)


def table_lines(rows):
    """Return a table as lines of aligned columns."""
    return tables.as_lines(HEAD, rows)


def setup_notebook(
    quick: bool | None = None,
    seed: int | None = None,
    interactive: bool | None = None,
    theme: str | None = None,
) -> Session:
    """Set up a notebook: quiet backend, memory growth, seeds and figure style.

    Prints one line with the versions, the device and the data. No other function of the package
    changes settings of the process: this one updates `matplotlib.rcParams`, and silences two
    warnings that many small models cause, TensorFlow's about retracing and PyTorch's about a loss
    that is converted to a number. `interactive` sets `MLCOURSE_INTERACTIVE`.

    On Colab it also installs the packages that mlcourse requires and that are missing there; it
    does not change installed ones.

    Args:
        quick: whether to use fewer images and epochs. Default: the environment variable
            `MLCOURSE_QUICK` (1 for a quick run), else False.
        seed: seed of Python, NumPy and the backend. Default: the environment variable
            `MLCOURSE_SEED`, else 0.
        interactive: whether interactive figures have controls; without them they are static
            images. Default: the environment variable `MLCOURSE_INTERACTIVE` (0 for static images),
            else True.
        theme: colors of the figures: "light", or "dark" for a dark theme of JupyterLab. Default:
            those of Matplotlib's current style.

    Returns:
        A `Session`.

    Example:
        >>> lecture = setup_notebook()  # doctest: +SKIP
        mlcourse 0.1.0 · Keras 3.15.1 on tensorflow 2.21.0, CPU, 8 cores · ... · full run
    """
    for name, value in (("quick", quick), ("interactive", interactive)):
        if value is not None:
            checks.flag(name, value)
    if theme is not None:
        checks.choice("theme", theme, THEMES)
    seed = checks.lecture_seed(seed)
    if interactive is not None:
        os.environ["MLCOURSE_INTERACTIVE"] = "1" if interactive else "0"
    if "google.colab" in sys.modules:
        install_missing()
    from mlcourse import devices

    device = devices.configure()  # before another import loads the backend
    with devices.suppress_stderr():  # Keras also seeds TensorFlow, whatever the backend
        from mlcourse import training

        training.set_seed(seed)
    _silence_warnings()
    _style(theme)
    if quick is None:
        quick = checks.is_set("MLCOURSE_QUICK")
    session = Session(quick, str(device), has_gpu=bool(device.gpus), seed=seed)
    print(f"mlcourse {__version__} · {device} · {_cached_data()} · {session.mode}")
    return session


def install_missing():
    """Install the required packages that are missing, with pip. Used on Colab."""
    missing = [name for name in importlib.metadata.requires("mlcourse") if _is_missing(name)]
    if missing:
        print(f"Installing {', '.join(missing)}")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *missing], check=True)
        importlib.invalidate_caches()


def _is_missing(requirement):
    """Return whether a requirement, not of an extra, is not installed."""
    from packaging.requirements import Requirement

    requirement = Requirement(requirement)
    if requirement.marker is not None:  # of an extra
        return False
    try:
        importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


def _silence_warnings():
    """Silence the warnings about retracing and about a loss converted to a number."""
    logging.getLogger("tensorflow").addFilter(_is_not_retracing)
    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True to a scalar")


def _is_not_retracing(record):
    """Return whether a log record is not TensorFlow's warning about retracing."""
    return "retracing" not in record.getMessage()


def _style(theme):
    """Set Matplotlib's style, and let the inline backend save figures sharp and without cropping.

    Their resolution is 200 dpi, shown at half the size: slides enlarge figures twice.
    """
    from matplotlib import pyplot as plt

    from mlcourse import figures
    from mlcourse.figures._shared.text import fallback_fonts

    styles = {None: figures.STYLE, "light": figures.LIGHT_STYLE, "dark": figures.DARK_STYLE}
    plt.rcParams.update(styles[theme])
    families = dict.fromkeys([*plt.rcParams["font.family"], *fallback_fonts()])
    plt.rcParams["font.family"] = list(families)  # a name may have characters of any language
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel"):  # cropping would draw each figure twice
        from matplotlib_inline.config import InlineBackend

        backend = InlineBackend.instance(parent=shell)
        backend.print_figure_kwargs = {"bbox_inches": None}
        backend.figure_formats = {"retina"}


def _cached_data():
    """Return the names of the downloaded datasets, or the command that downloads them."""
    from mlcourse import datasets

    names = ", ".join(datasets.in_cache())
    return (
        f"datasets: {names}" if names else "no datasets yet; to download them: mlcourse data fetch"
    )


@dataclass
class Session:
    """The settings of a run of a lecture, and its results.

    Attributes:
        quick: whether this is the quick run.
        device: backend and device, as text.
        has_gpu: whether models are trained on a GPU.
        seed: seed of the lecture's random numbers.
        results: recorded results by name, each a dict of "value", "reference" and "seconds", the
            time since the previous result.
        checks: checked exercises by name, each a dict of "passed", "mistake" (its name, or "") and
            "attempts".

    Example:
        >>> session = Session(quick=True, device="CPU")
        >>> session.mode
        'quick run'
    """

    quick: bool
    device: str
    has_gpu: bool = False
    seed: int = 0
    results: dict = field(default_factory=dict)
    checks: dict = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter, repr=False)

    @property
    def mode(self) -> str:
        """Return "quick run" or "full run"."""
        return QUICK_RUN if self.quick else "full run"

    def choose(self, full: object, quick: object, gpu: object = None) -> object:
        """Return the value for this run.

        Args:
            full: value for a full run.
            quick: value for the quick run.
            gpu: value for a full run on a GPU. Default: `full`.

        >>> Session(quick=True, device="").choose(full=25, quick=5)
        5
        """
        if self.quick:
            return quick
        return gpu if self.has_gpu and gpu is not None else full

    def record(self, name: str, value: float | str, reference: float | str = "") -> None:
        """Record a result for the table at the end; recording a name again replaces its result.

        Args:
            name: name of the result.
            value: a float (shown with four decimals), an int (shown as a count), or text.
            reference: value to compare with. Default: none.
        """
        now = time.perf_counter()
        result = {"value": to_json_value(value), "reference": to_json_value(reference)}
        self.results[name] = {**result, "seconds": now - self._since}
        self._since = now

    def check(self, name: str | Injected, answer: object) -> CheckResult:
        """Check the answer to an exercise, print the result, and record it for the report.

        The properties of the answer are tested on random examples from several seeds. If one does
        not hold, the message names the mistake if it is a known one. Only the answer itself is
        run.

        Args:
            name: name of the exercise, as in the sheet, or what `datasets.inject` or
                `models.inject` has returned.
            answer: value, function or class; the name of the injected fault.

        Returns:
            A `CheckResult`, which is true if the answer has passed.

        Raises:
            ValueError: if there is no such exercise or fault.
            CheckFailed: only while nbgrader runs the notebook, if the answer is wrong.
        """
        from mlcourse.datasets import Injected
        from mlcourse.lectures import exercises

        if isinstance(name, Injected):
            result = exercises.check_fault(name, answer)
        else:
            result = exercises.check(exercises.find(name), answer)
        attempts = self.checks.get(result.name, {"attempts": 0})["attempts"] + 1
        recorded = {"passed": result.passed, "mistake": result.mistake, "attempts": attempts}
        self.checks[result.name] = recorded
        print(result)
        if not result.passed and "NBGRADER_EXECUTION" in os.environ:
            raise CheckFailed(result.message)
        return result

    def report(self, dataset: Dataset | None = None) -> None:
        """Display results with references and checked exercises, with data, mode and device.

        Args:
            dataset: the lecture's `Dataset`; None for a lecture or an exercise sheet without one.
        """
        from IPython.display import display

        from mlcourse.datasets import SYNTHETIC

        facts = {
            "data": "no dataset",
            "mode": self.mode,
            "device": self.device,
            "synthetic": False,
            "seed": self.seed,
            "figures": self.results,
            "checks": self.checks,
        }
        if dataset is not None:
            facts["data"] = f"{dataset.title} ({dataset.kind}, source: {dataset.source})"
            facts["synthetic"] = dataset.source == SYNTHETIC
        display(mime_bundle(facts), raw=True)
