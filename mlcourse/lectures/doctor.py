"""Check whether a machine can run the lectures, and whether an old notebook runs on Keras 3."""

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

BACKENDS = ("tensorflow", "jax", "torch")  # also the names of their packages
CUDA_PACKAGES = {"tensorflow": "tensorflow[and-cuda]", "jax": "jax[cuda12]"}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        status: "ok", "note" (the lectures still run) or "problem" (they do not).
        message: description of the result.
        remedy: command that fixes it, or code to write instead; empty if there is none.

    Example:
        >>> Finding("note", "missing: voila", "pip install voila").status
        'note'
    """

    status: str
    message: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Check versions, devices, datasets and notebooks, and yield a `Finding` for each.

    Example:
        >>> next(examine()).message
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
    """Yield a `Finding` for each old call in a notebook that does not work on Keras 3.

    A call with two old arguments has two findings with the same remedy. The notebook is read, not
    run. Cells are counted from 1, Markdown cells included.

    Args:
        path: path of a Jupyter notebook.

    Raises:
        OSError: if the file does not exist.
        ValueError: if the file is not a notebook in Python.

    Example:
        >>> for finding in examine_notebook("course.ipynb"):  # doctest: +SKIP
        ...     print(finding.message, finding.remedy)
        cell 2, line 1: model.predict_classes(x) model.predict(x).argmax(axis=1)
    """
    path = checks.path("path", path)
    old = old_code(path)
    for code in old:
        note = f"  ({code.rule.note})" if code.rule.note else ""
        message = f"cell {code.cell}, line {code.line}: {code.text}"
        yield Finding(code.rule.status, message, code.new + note)
    if not old:
        yield Finding("ok", f"{path.name}: no code found that does not work on Keras 3")


def _packages(extra, status):
    """Check the packages that mlcourse requires, or that one of its extras adds."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return Finding(status, "missing: packaging", f"{sys.executable} -m pip install packaging")
    installed = []
    missing = []
    for requirement in map(Requirement, importlib.metadata.requires("mlcourse")):
        if _belongs_to(extra, requirement.marker):
            version = _version(requirement)
            if version is None:
                missing.append(f'"{requirement.name}{requirement.specifier}"')
            else:
                installed.append(version)
    if missing:
        remedy = f"{sys.executable} -m pip install {' '.join(missing)}"
        return Finding(status, f"missing or too old: {', '.join(missing)}", remedy)
    return Finding("ok", ", ".join(installed))


def _belongs_to(extra, marker):
    """Return whether a requirement with this marker belongs to the extra, or to none for ""."""
    if marker is None:
        return not extra
    return marker.evaluate({"extra": extra}) and not (extra and marker.evaluate({"extra": ""}))


def _version(requirement):
    """Return the name and version of an installed, recent package, else None."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    fits = requirement.specifier.contains(version, prereleases=True)
    return f"{requirement.name} {version}" if fits else None


def _devices():
    """Check the backend, its GPUs, and their memory growth."""
    try:
        from mlcourse import devices

        found = devices.configure()
    except Exception as error:  # a backend may raise anything when it is imported
        yield _backend_problem(error)
        return
    yield Finding("ok", str(found))
    if not found.gpus:
        yield _no_gpu(found.backend)
    elif not found.memory_growth:
        yield Finding(
            "note",
            "the GPU's memory is allocated as a whole: a second notebook will find none",
            "unset XLA_PYTHON_CLIENT_PREALLOCATE TF_FORCE_GPU_ALLOW_GROWTH",
        )


def _backend_problem(error):
    """Return the finding for a backend that failed to start."""
    message = f"Keras's backend does not start: {type(error).__name__}: {error}"
    if isinstance(error, ValueError) and "KERAS_BACKEND" in os.environ:
        return Finding("problem", message, "unset KERAS_BACKEND")
    remedy = f"{sys.executable} -m pip install {_packages_to_install(error)}"
    return Finding("problem", message, remedy)


def _no_gpu(backend):
    """Return the finding for a machine on which the backend finds no GPU."""
    message = "no GPU found; running on the CPU"
    package = CUDA_PACKAGES.get(backend) if shutil.which("nvidia-smi") else None
    if package is None:
        return Finding("ok", message)
    return Finding("note", message, f'{sys.executable} -m pip install "{package}"')


def _packages_to_install(error):
    """Return pip's arguments: the missing backend, or a new installation of Keras and backend."""
    if isinstance(error, ModuleNotFoundError) and error.name in BACKENDS:
        return error.name
    return f"--force-reinstall keras {os.environ.get('KERAS_BACKEND') or 'tensorflow'}"


def _data():
    """Check the data cache and each dataset in it."""
    from mlcourse.datasets import CATALOG, DatasetCorrupt, cache

    try:
        yield Finding("ok", f"datasets are in {cache.folder()}")
    except (ValueError, PermissionError) as error:  # a file, or a folder without permission
        is_set = os.environ.get("MLCOURSE_DATA")
        remedy = "unset MLCOURSE_DATA" if is_set else "export MLCOURSE_DATA=FOLDER"
        yield Finding("problem", str(error), remedy)
        return
    for name, entry in CATALOG.items():
        fetch = f"mlcourse data fetch {name}"
        try:
            dataset = cache.read(entry)
            yield Finding("ok", f"{name}: valid (source: {dataset.source})")
        except FileNotFoundError:
            message = f"{name}: not downloaded; lectures download it, or use synthetic data"
            yield Finding("note", message, fetch)
        except DatasetCorrupt as error:
            yield Finding("note", f"{name}: damaged. {error}", fetch)
        except PermissionError as error:
            yield Finding("problem", f"{name}: {error}", f"chmod a+r {cache.path(entry)}")


def _lectures():
    """Check that there are lectures."""
    from mlcourse.lectures import catalog

    names = ", ".join(catalog.available())
    if not names:
        remedy = f"{sys.executable} -m pip install --force-reinstall --no-deps mlcourse"
        return Finding("problem", f"there are no lectures in {catalog.folder()}", remedy)
    return Finding("ok", f"lectures: {names}")
