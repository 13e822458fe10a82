"""Find the notebooks of the lectures, in a checkout or in an installed package."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mlcourse._core import checks
from mlcourse._core.tables import terminal_text


class LectureFailed(Exception):
    """Raised if a cell of a lecture fails. The page that was written shows the traceback."""


@dataclass(frozen=True)
class Lecture:
    """The notebook of a lecture.

    Attributes:
        name: file name without its suffix.
        title: first heading.
        summary: first paragraph below the heading.
        path: path of the notebook.

    Example:
        >>> Lecture("sums", "Sums", "How to add.", Path("notebooks/sums.ipynb")).title
        'Sums'
    """

    name: str
    title: str
    summary: str
    path: Path


def folder():
    """Return the folder of the notebooks, of the checkout or of the installed package."""
    root = Path(__file__).resolve().parents[2]
    if (root / "setup.cfg").is_file():
        return root / "notebooks"
    files = importlib.metadata.files("mlcourse") or ()
    recorded = [Path(file.locate()).resolve().parent for file in files if file.suffix == ".ipynb"]
    target = root / "share/mlcourse/notebooks"  # `pip --target` records other paths
    return next(filter(Path.is_dir, recorded), target)


def available() -> dict[str, Lecture]:
    """Return the lectures by name, in the order of teaching.

    A lecture is a notebook whose metadata has its position: `"mlcourse": {"order": 1}`. Other
    notebooks in the folder are ignored.

    Example:
        >>> "neural-networks" in available()
        True
    """
    lectures = filter(None, map(_read, sorted(folder().glob("*.ipynb"))))
    return {lecture.name: lecture for _, lecture in sorted(lectures, key=itemgetter(0))}


def find(name: str) -> Lecture:
    """Return the lecture with this name.

    Raises:
        ValueError: if there is none. The message lists the names.

    Example:
        >>> find("neural-networks").path.name
        'neural-networks.ipynb'
    """
    lectures = available()
    if not lectures:
        raise ValueError(f"there must be lectures in {folder()}. Got none.")
    return lectures[checks.choice("lecture", name, lectures)]


def _read(path):
    """Return the position and the lecture of a notebook, or None if it is not a lecture."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        if "mlcourse" not in notebook["metadata"]:
            return None
        return float(notebook["metadata"]["mlcourse"]["order"]), _lecture(notebook, path)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        print(f"{path} is not a valid notebook, and is ignored: {error!r}", file=sys.stderr)
        return None


def _lecture(notebook, path):
    """Return the lecture of a parsed notebook."""
    first_cell = "".join(notebook["cells"][0]["source"])
    heading, _, text = first_cell.partition("\n\n")
    summary = text.strip().split("\n\n")[0].replace("\n", " ")
    title = heading.removeprefix("# ").strip()
    return Lecture(path.stem, terminal_text(title), terminal_text(summary), path)
