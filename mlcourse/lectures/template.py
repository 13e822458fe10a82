"""Write the notebook of a new lecture."""

from __future__ import annotations

from pathlib import Path

import nbformat

from mlcourse._core import checks, files
from mlcourse.lectures import catalog

V4 = nbformat.v4
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


def write(name: str) -> Path:
    """Write a notebook for a new lecture into the current folder, and return its path.

    It has the cells that each lecture has, a figure, and an exercise.

    Args:
        name: the lecture's name, such as "my-lecture". The file is NAME.ipynb, the title is made
            of the name.

    Raises:
        ValueError: if the name is not letters, digits, "-" and "_".
        FileExistsError: if there is such a file.

    Example:
        >>> write("my/lecture")
        Traceback (most recent call last):
        ValueError: name must consist of letters, digits, "-" and "_". Got 'my/lecture' instead.
    """
    stem = checks.text("name", name).removesuffix(".ipynb")
    if not stem.replace("-", "").replace("_", "").isalnum():
        rule = 'name must consist of letters, digits, "-" and "_"'
        raise ValueError(f"{rule}. Got {name!r} instead.")
    path = Path(f"{stem}.ipynb")
    if path.exists():
        raise FileExistsError(f"{path} exists already. Choose another name.")
    files.write_text(path, nbformat.writes(_notebook(stem)) + "\n")
    return path


def _notebook(name):
    """Return the notebook of a new lecture, which is listed after the others."""
    title = name.replace("-", " ").replace("_", " ")
    introduction = f"# {title[0].upper()}{title[1:]}\n\nSay in a sentence what students learn here."
    figure = V4.new_code_cell(FIGURE)
    figure.metadata["alt"] = "A network with two inputs, three hidden units and one output."
    cells = [
        V4.new_markdown_cell(introduction),
        V4.new_code_cell(SETUP),
        V4.new_markdown_cell("## A figure"),
        figure,
        V4.new_markdown_cell(EXERCISE),
        V4.new_code_cell(SOLUTION),
        V4.new_markdown_cell("## Results of this run"),
        V4.new_code_cell("lecture.report()"),
    ]
    order = len(catalog.available()) + 1
    metadata = {"kernelspec": KERNEL, "mlcourse": {"order": order}}
    return V4.new_notebook(cells=cells, metadata=metadata)
