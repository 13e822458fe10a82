"""What a machine, or an old notebook, lacks for the lectures; each problem with its remedy."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcourse._core import checks
from mlcourse.lectures.old_notebooks import old_code

BACKENDS = ("tensorflow", "jax", "torch")  # of Keras; their packages have the same names
CUDA = {"tensorflow": "tensorflow[and-cuda]", "jax": "jax[cuda12]"}  # what brings a GPU in sight


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        status: "ok", "note" (the lectures run all the same) or "problem" (they do not).
        what: what was found.
        mend: the command that mends it, or the code to write, if something is wrong.

    Example:
        >>> Finding("note", "missing: voila", "pip install voila").status
        'note'
    """

    status: str
    what: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    """Yields a `Finding` for each thing that lectures need: versions, devices, data, notebooks.

    Example:
        >>> next(examine()).what
        'Python ... on ...'
    """
    yield Finding("ok", f"Python {platform.python_version()} on {platform.platform(terse=True)}")
    core = _packages("", "problem")
    yield core
    if core.status == "ok":
        yield from _devices()
        yield from _data()
    yield _packages("lectures", "problem")
    yield _packages("lab", "note")
    yield _lectures()


def examine_notebook(path: str | Path) -> Iterator[Finding]:
    """Yield a `Finding` for all in a notebook that no longer works on Keras 3.

    A call with two old arguments has two, with the same call to write. The notebook is read, not
    run. Cells are counted from 1, those of text included.

    Args:
        path: of a Jupyter notebook.

    Raises:
        OSError: if there is no such file.
        ValueError: if it is no notebook, or in another language than Python.

    Example:
        >>> for finding in examine_notebook("course.ipynb"):  # doctest: +SKIP
        ...     print(finding.what, finding.mend)
        cell 2, line 1: model.predict_classes(x) model.predict(x).argmax(axis=1)
    """
    path = checks.path("path", path)
    old = old_code(path)
    for code in old:
        note = f"  ({code.rule.note})" if code.rule.note else ""
        what = f"cell {code.cell}, line {code.line}: {code.text}"
        yield Finding(code.rule.status, what, code.new + note)
    if not old:
        yield Finding("ok", f"{path.name}: nothing found that no longer works on Keras 3")


def _packages(extra, status):
    """Looks at the packages that mlcourse requires, or that one of its extras adds."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return Finding(status, "missing: packaging", f"{sys.executable} -m pip install packaging")
    found, wanting = [], []
    for requirement in map(Requirement, importlib.metadata.requires("mlcourse")):
        if _adds(extra, requirement.marker):
            version = _version(requirement)
            if version is None:
                wanting.append(f'"{requirement.name}{requirement.specifier}"')
            else:
                found.append(version)
    if wanting:
        mend = f"{sys.executable} -m pip install {' '.join(wanting)}"
        return Finding(status, f"missing or too old: {', '.join(wanting)}", mend)
    return Finding("ok", ", ".join(found))


def _adds(extra, marker):
    """Whether a requirement with this marker is one of the extra's own; "" stands for no extra."""
    if marker is None:
        return not extra
    return marker.evaluate({"extra": extra}) and not (extra and marker.evaluate({"extra": ""}))


def _version(requirement):
    """Returns a package's name and version if it is there and new enough, else None."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    fits = requirement.specifier.contains(version, prereleases=True)
    return f"{requirement.name} {version}" if fits else None


def _devices():
    try:
        from mlcourse import devices

        found = devices.configure()
    except Exception as error:  # a backend may fail to import in any way
        what = f"Keras's backend does not start: {type(error).__name__}: {error}"
        unset = isinstance(error, ValueError) and "KERAS_BACKEND" in os.environ
        wanting = f"{sys.executable} -m pip install {_wanting(error)}"
        yield Finding("problem", what, "unset KERAS_BACKEND" if unset else wanting)
        return
    yield Finding("ok", str(found))
    if not found.gpus:
        what = "no GPU in sight: the memory growth that is set waits for one"
        cuda = CUDA.get(found.backend) if shutil.which("nvidia-smi") else None
        mend = f'{sys.executable} -m pip install "{cuda}"' if cuda else ""
        yield Finding("note" if cuda else "ok", what, mend)
    elif not found.memory_growth:
        what = "the GPU's memory is taken whole, so that a second notebook finds none"
        yield Finding("note", what, "unset XLA_PYTHON_CLIENT_PREALLOCATE TF_FORCE_GPU_ALLOW_GROWTH")


def _wanting(error):
    """Returns what pip is to install: the backend that is missing; else Keras and it, all anew."""
    if isinstance(error, ModuleNotFoundError) and error.name in BACKENDS:
        return error.name
    return f"--force-reinstall keras {os.environ.get('KERAS_BACKEND') or 'tensorflow'}"


def _data():
    from mlcourse.datasets import CATALOG, DatasetCorrupt, cache

    try:
        yield Finding("ok", f"data cache: {cache.folder()}")
    except (ValueError, PermissionError) as error:  # a file stands there; we may not look
        named = os.environ.get("MLCOURSE_DATA")
        mend = "unset MLCOURSE_DATA" if named else "set MLCOURSE_DATA to a folder"
        yield Finding("problem", str(error), mend)
        return
    for name, entry in CATALOG.items():
        fetch = f"mlcourse data fetch {name}"
        try:
            dataset = cache.read(entry)
            yield Finding("ok", f"{name}: whole (source: {dataset.source})")
        except FileNotFoundError:
            what = f"{name}: not in the cache; lectures download it, or use synthetic data"
            yield Finding("note", what, fetch)
        except DatasetCorrupt as error:
            yield Finding("note", f"{name}: damaged. {error}", fetch)
        except PermissionError as error:
            yield Finding("problem", f"{name}: {error}", f"chmod a+r {cache.path(entry)}")


def _lectures():
    from mlcourse import lectures
    from mlcourse.lectures.catalog import folder

    found = ", ".join(lectures.catalogue())
    if not found:
        mend = f"{sys.executable} -m pip install --force-reinstall --no-deps mlcourse"
        return Finding("problem", f"there are no lectures in {folder()}", mend)
    return Finding("ok", f"lectures: {found}")
