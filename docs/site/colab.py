"""Make the notebooks run on Colab: `python docs/site/colab.py OWNER/NAME`, a repository on GitHub.

Each notebook gets a link that opens it on Colab, and a cell that installs the package there. Run
the command once in a fork, and commit the notebooks; it replaces the cells of an earlier run.
"""

import argparse
import re

import nbformat

from mlcourse._core import files
from mlcourse.lectures import catalog

INSTALL = """try:
    import mlcourse
except ModuleNotFoundError:  # on Colab
    %pip install --quiet --no-deps git+https://github.com/{}"""


def write(repository):
    """Add the cells for Colab to the notebooks of all lectures, and return the paths.

    Args:
        repository: OWNER/NAME of the repository on GitHub.

    Raises:
        ValueError: if the repository is not of this form.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError(f"repository must be OWNER/NAME. Got {repository!r} instead.")
    lectures = catalog.available().values()
    for lecture in lectures:
        notebook = catalog.read(lecture)
        link = f"[Open in Colab]({catalog.colab_address(lecture, repository)})"
        cells = [
            nbformat.v4.new_markdown_cell(link),
            nbformat.v4.new_code_cell(INSTALL.format(repository)),
        ]
        for cell in cells:
            cell.metadata["tags"] = [catalog.COLAB_TAG]
        notebook.cells[1:1] = cells  # below the title
        for number, cell in enumerate(notebook.cells):
            cell.id = str(number)
        files.write_text(lecture.path, nbformat.writes(notebook) + "\n")
    return [lecture.path for lecture in lectures]


def main(argv=None):
    """Add the cells, and print the paths of the notebooks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("repository", metavar="OWNER/NAME", help="repository on GitHub")
    arguments = parser.parse_args(argv)
    try:
        paths = write(arguments.repository)
    except ValueError as error:
        parser.error(str(error))
    print("Cells for Colab are in:", *paths, sep="\n")


if __name__ == "__main__":
    main()
