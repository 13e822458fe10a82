"""The lectures that there are: a notebook each, beside the package or where it installs them."""

import importlib.metadata
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from mlcourse import checks


class LectureFailed(Exception):
    """A cell of a lecture raised; the page that was written shows where."""


@dataclass(frozen=True)
class Lecture:
    """A lecture's notebook.

    Attributes:
        name: the file's name without its ending.
        title: its first heading.
        summary: the first paragraph under it.
        path: where the notebook is.
    """

    name: str
    title: str
    summary: str
    path: Path


def folder():
    """Returns the folder of the notebooks: the checkout's, or that of an installed package."""
    checkout = Path(__file__).resolve().parents[2] / "notebooks"
    files = importlib.metadata.files("mlcourse") or ()
    installed = [Path(file.locate()).resolve() for file in files if file.suffix == ".ipynb"]
    return installed[0].parent if installed and not checkout.is_dir() else checkout


def catalogue():
    """Returns every Lecture, by name, in the order of teaching.

    A lecture is a notebook whose metadata gives it a place: `"mlcourse": {"order": 1}`. Others
    in the folder, such as somebody's notes, are none.
    """
    notebooks = [(_read(path), path) for path in sorted(folder().glob("*.ipynb"))]
    notebooks = [found for found in notebooks if "mlcourse" in found[0].get("metadata", {})]
    notebooks.sort(key=lambda found: found[0]["metadata"]["mlcourse"]["order"])
    return {path.stem: _lecture(notebook, path) for notebook, path in notebooks}


def find(name):
    """Returns the Lecture called `name`. Raises ValueError, with the known names, for any other."""
    lectures = catalogue()
    if not lectures:
        raise ValueError(f"there must be lectures in {folder()}. Got none.")
    return lectures[checks.choice("lecture", name, lectures)]


def _read(path):
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        print(f"{path} cannot be read as a notebook, and is left out: {error}", file=sys.stderr)
        return {}


def _lecture(notebook, path):
    first = "".join(notebook["cells"][0]["source"])
    heading, _, rest = first.partition("\n\n")
    summary = rest.strip().split("\n\n")[0].replace("\n", " ")
    return Lecture(path.stem, heading.removeprefix("# ").strip(), summary, path)
