"""Lectures that have been run for slides and the site, kept with all that they show.

A run is taken again as long as nothing has changed that it follows from: the notebook, the
package's source, the versions of what it needs, quick or whole, the backend, and which datasets
there are.
"""

import contextlib
import hashlib
import os
import sys
from importlib import metadata
from pathlib import Path

import nbformat
from packaging.requirements import Requirement

from mlcourse import files
from mlcourse.lectures import index, runner

FOLDER = "runs"


def executed(name, quick=True, data=None, out="build"):
    """Returns a lecture's notebook as it was run last, or runs it, which is shown by a bar.

    Where there are pictures with controls, the notebook has HTML that works without a kernel.

    Args:
        name, quick, data: as `lectures.run` takes them.
        out: a folder; the notebook is kept in its folder `runs`.

    Raises:
        ValueError, LectureFailed, KeyboardInterrupt: as `lectures.run`; what was run is there as a
            notebook.
    """
    lecture = index.find(name)
    settings = {**runner.environment(quick, data), "MLCOURSE_INTERACTIVE": "beforehand"}
    target = Path(out) / FOLDER / f"{lecture.name}{'' if quick else '-full'}.ipynb"
    number = fingerprint([lecture.path], settings)
    if (kept := _kept(target)) and kept.metadata.get("mlcourse", {}).get("run") == number:
        return kept
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(lecture.path, as_version=4)
    try:
        runner.execute(notebook, target, {**os.environ, **settings})
        notebook.metadata["mlcourse"]["run"] = number
    finally:
        files.write_text(target, nbformat.writes(notebook))
    return notebook


def _kept(path):
    """Returns the notebook that is kept at a path; None if there is none that can be read."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged file can make nbformat raise anything
        print(f"{path} cannot be read, and is made again: {error}", file=sys.stderr)
        return None


def fingerprint(sources, settings):
    """Returns a number for all that a run follows from.

    Args:
        sources: the paths of what is run: a notebook, or scripts.
        settings: the variables of its kernel, as `runner.environment` returns them.
    """
    digest, package = hashlib.sha256(), Path(__file__).parents[1]
    own = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".js"})
    for path in [*sources, *own]:
        digest.update(path.read_bytes())
    datasets = sorted(path.name for path in Path(settings["MLCOURSE_DATA"]).glob("*.npz"))
    backend = os.environ.get("KERAS_BACKEND", "")
    facts = [sorted(settings.items()), backend, datasets, versions()]
    digest.update(repr(facts).encode())
    return digest.hexdigest()


def versions():
    """Returns the versions of what the package needs, extras that are not there left out."""
    found = {}
    for requirement in map(Requirement, metadata.requires("mlcourse")):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[requirement.name] = metadata.version(requirement.name)
    return sorted(found.items())
