"""Find the notebooks of the lectures, in a checkout or an installed package; create new ones."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mlcourse._core import checks, files
from mlcourse._core.tables import terminal_text

SUFFIX = ".ipynb"
COLAB_TAG = "colab"  # of the cells that `make colab` adds
COLAB = "https://colab.research.google.com/github/{}/blob/HEAD/notebooks/{}"


KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SETUP = """import mlcourse as mlc

lecture = mlc.setup_notebook()"""

FIGURE = """mlc.draw_neural_net(None, [2, 3, 1], draw_bias=True, labels=True, weight_count=True)"""

EXERCISE = """## Exercise

Add a second hidden layer with two units. How many weights does the network have now? Calculate
first, then change `hidden`."""

SOLUTION = """hidden = [3]
model = mlc.models.mlp(2, hidden=hidden, classes=2)
lecture.record("weights and biases", model.count_params())
print(f"{model.count_params()} weights and biases")"""


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
    installed = importlib.metadata.files("mlcourse") or ()
    recorded = [Path(file.locate()).resolve().parent for file in installed if file.suffix == SUFFIX]
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
    lectures = filter(None, map(_read, sorted(folder().glob(f"*{SUFFIX}"))))
    return {lecture.name: lecture for _, lecture in sorted(lectures, key=itemgetter(0))}


def find(name: str) -> Lecture:
    """Return the lecture with this name, or that of a notebook.

    Args:
        name: a name that `available` lists, or the path of a notebook, which ends with ".ipynb".

    Raises:
        FileNotFoundError: if there is no such notebook.
        ValueError: if there is no such lecture, or the file is not a notebook. The message lists
            the names.

    Example:
        >>> find("neural-networks").path.name
        'neural-networks.ipynb'
    """
    name = checks.text("lecture", name)
    if name.endswith(SUFFIX):
        return _from_file(Path(name))
    lectures = available()
    if not lectures:
        raise ValueError(f"there must be lectures in {folder()}. Got none.")
    if name not in lectures:
        raise ValueError(_no_such_lecture(name, lectures))
    return lectures[name]


def read(lecture):
    """Return the notebook of a `Lecture` as nbformat reads it, without the cells for Colab."""
    import nbformat

    notebook = nbformat.read(lecture.path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if COLAB_TAG not in cell.metadata.get("tags", [])
    ]
    return notebook


def colab_address(lecture, repository):
    """Return the address that opens a `Lecture` on Colab, from OWNER/NAME on GitHub."""
    return COLAB.format(repository, lecture.path.name)


def _no_such_lecture(name, lectures):
    """Return the message for an unknown name."""
    path = folder() / f"{name}{SUFFIX}"
    if path.is_file():
        rule = f'{path} is not listed: its metadata must have "mlcourse": {{"order": NUMBER}}'
        return f"{rule}. To run it without, give its path: mlcourse lecture {path}"
    names = ", ".join(lectures)
    hint = checks.hint(name, lectures)
    return f"There is no lecture {name!r}. The lectures are: {names}.{hint}"


def _from_file(path):
    """Return the lecture of a notebook anywhere, which needs no metadata."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no notebook {str(path)!r}.")
    try:
        notebook = files.read_json(path)
        return _lecture(notebook, path.resolve())
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        rule = f"{path} must be a Jupyter notebook with cells"
        raise ValueError(f"{rule}. Reading it raised {error!r}.") from error


def _read(path):
    """Return the position and the lecture of a notebook, or None if it is not a lecture."""
    try:
        notebook = files.read_json(path)
        if "mlcourse" not in notebook["metadata"]:
            return None
        return float(notebook["metadata"]["mlcourse"]["order"]), _lecture(notebook, path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        print(f"{path} is not a valid notebook, and is ignored: {error!r}", file=sys.stderr)
        return None


def _lecture(notebook, path):
    """Return the lecture of a parsed notebook; its file name is the title if it has no heading."""
    first_cell = "".join(notebook["cells"][0]["source"])
    heading, _, text = first_cell.partition("\n\n")
    if not heading.startswith("# "):
        return Lecture(path.stem, path.stem, "", path)
    summary = text.strip().split("\n\n")[0].replace("\n", " ")
    title = heading.removeprefix("# ").strip()
    return Lecture(path.stem, terminal_text(title), terminal_text(summary), path)


def create(name: str) -> Path:
    """Write a notebook for a new lecture into the current folder, and return its path.

    It has the cells that each lecture has, a figure, and an exercise.

    Args:
        name: the lecture's name, such as "my-lecture". The file is NAME.ipynb, the title is made
            of the name.

    Raises:
        ValueError: if the name is not letters, digits, "-" and "_", or begins with "-".
        FileExistsError: if there is such a file.

    Example:
        >>> create("my/lecture")
        Traceback (most recent call last):
        ValueError: name must consist of letters, digits, "-" and "_". Got 'my/lecture' instead.
    """
    stem = checks.text("name", name).removesuffix(".ipynb")
    if not stem.replace("-", "").replace("_", "").isalnum():
        rule = 'name must consist of letters, digits, "-" and "_"'
        raise ValueError(f"{rule}. Got {name!r} instead.")
    if stem.startswith("-"):
        rule = 'name must not begin with "-", as the options of commands do'
        raise ValueError(f"{rule}. Got {name!r} instead.")
    path = Path(f"{stem}.ipynb")
    if path.exists():
        raise FileExistsError(f"{path} exists already. Choose another name.")
    files.write_text(path, json.dumps(_notebook(stem), indent=1, ensure_ascii=False) + "\n")
    return path


def _notebook(name):
    """Return the notebook of a new lecture, which is listed after the others."""
    from nbformat import v4

    title = name.replace("-", " ").replace("_", " ")
    introduction = f"# {title[0].upper()}{title[1:]}\n\nSay in a sentence what students learn here."
    figure = v4.new_code_cell(FIGURE)
    figure.metadata["alt"] = "A network with two inputs, three hidden units and one output."
    cells = [
        v4.new_markdown_cell(introduction),
        v4.new_code_cell(SETUP),
        v4.new_markdown_cell("## A figure"),
        figure,
        v4.new_markdown_cell(EXERCISE),
        v4.new_code_cell(SOLUTION),
        v4.new_markdown_cell("## Results of this run"),
        v4.new_code_cell("lecture.report()"),
    ]
    order = len(available()) + 1
    metadata = {"kernelspec": KERNEL, "mlcourse": {"order": order}}
    return v4.new_notebook(cells=cells, metadata=metadata)
