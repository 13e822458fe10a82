"""The lectures that there are: a notebook each, beside the package or where it installs them."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mlcourse._core import checks


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

    Example:
        >>> Lecture("sums", "Sums", "How to add.", Path("notebooks/sums.ipynb")).title
        'Sums'
    """

    name: str
    title: str
    summary: str
    path: Path


def folder():
    """Returns the folder of the notebooks: the checkout's, or that of an installed package."""
    root = Path(__file__).resolve().parents[2]
    if (root / "setup.cfg").is_file():
        return root / "notebooks"
    files = importlib.metadata.files("mlcourse") or ()
    noted = [Path(file.locate()).resolve().parent for file in files if file.suffix == ".ipynb"]
    beside = root / "share/mlcourse/notebooks"  # pip --target puts them there, and notes otherwise
    return next(filter(Path.is_dir, noted), beside)


def catalogue() -> dict[str, Lecture]:
    """Returns every Lecture, by name, in the order of teaching.

    A lecture is a notebook whose metadata gives it a place: `"mlcourse": {"order": 1}`. Others
    in the folder, such as somebody's notes, are none.

    Example:
        >>> "neural-networks" in catalogue()
        True
    """
    found = filter(None, map(_read, sorted(folder().glob("*.ipynb"))))
    return {lecture.name: lecture for _, lecture in sorted(found, key=itemgetter(0))}


def find(name: str) -> Lecture:
    """Returns the Lecture called `name`. Raises ValueError, with the known names, for any other.

    Example:
        >>> find("neural-networks").path.name
        'neural-networks.ipynb'
    """
    lectures = catalogue()
    if not lectures:
        raise ValueError(f"there must be lectures in {folder()}. Got none.")
    return lectures[checks.choice("lecture", name, lectures)]


def _read(path):
    """Returns a lecture's place in the order and the Lecture; None for what is no lecture."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        if "mlcourse" not in notebook["metadata"]:
            return None
        return float(notebook["metadata"]["mlcourse"]["order"]), _lecture(notebook, path)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        print(f"{path} cannot be read as a notebook, and is left out: {error!r}", file=sys.stderr)
        return None


def _lecture(notebook, path):
    first = "".join(notebook["cells"][0]["source"])
    heading, _, rest = first.partition("\n\n")
    summary = rest.strip().split("\n\n")[0].replace("\n", " ")
    return Lecture(path.stem, heading.removeprefix("# ").strip(), summary, path)
