"""All kinds of files that the package writes, each in an old form and in a larger new one."""

import nbformat
import numpy as np
from matplotlib.figure import Figure

from mlcourse._core.tables import write_csv
from mlcourse.datasets import Dataset, cache, catalog
from mlcourse.figures import save_figure
from mlcourse.lectures import page
from mlcourse.tuning import search_file
from tests.conftest import make_arrays, tiny

SIZES = {"old": 1, "new": 8}


def write_cache(folder, size):
    entry = tiny(catalog.CATALOG["mnist"], image_shape=(8 * size, 8))
    arrays = make_arrays(entry)
    cache.folder = lambda: folder  # of this process, which ends
    cache.write(entry, Dataset(**arrays, class_names=(), source="test", name="mnist"))


def write_search(folder, size):
    state = {"asked": size, "settings": {}, "oracle": list(range(1000 * size))}
    search_file.write(folder, state)


def write_figure(folder, size):
    figure = Figure(figsize=(size, 2))
    figure.add_subplot().imshow(np.random.default_rng(0).random((50 * size, 50)))
    save_figure(figure, folder / "picture.png")


def write_table(folder, size):
    write_csv(folder / "table.csv", ["größer", "n"], [[f"λ{i}", i] for i in range(500 * size)])


def write_page(folder, size):
    cells = [nbformat.v4.new_markdown_cell("Überall $x$", id=f"c{i}") for i in range(size)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    page.write(notebook, "Title", "banner", folder / "page.html")


WRITERS = {
    "mnist.npz": write_cache,
    "search.json": write_search,
    "picture.png": write_figure,
    "table.csv": write_table,
    "page.html": write_page,
}


def write(name, folder, form):
    """Writes a file in its old or new form, and returns its bytes."""
    WRITERS[name](folder, SIZES[form])
    return (folder / name).read_bytes()
