"""Write exercise sheets: notebooks in nbgrader's convention."""

from __future__ import annotations

import json
from pathlib import Path

from mlcourse._core import checks, files
from mlcourse.lectures import catalog, exercises

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

INTRODUCTION = """# Exercises: {title}

Replace each `...` by your answer, and run the cell below it: `lecture.check` tests the properties
of your answer and, if it recognizes the mistake, names it. You may try as often as you like. At the
end, run the last cell: it saves your results in the notebook. The exercises need no network."""

SETUP = """import numpy as np

import mlcourse

lecture = mlcourse.setup_notebook()"""


def build(lecture: str, student: bool = False) -> dict:
    """Return the exercise sheet of a lecture as a notebook.

    Args:
        lecture: name of the lecture.
        student: whether to leave out the solutions.

    Raises:
        ValueError: if there is no such lecture, or it has no exercises.
    """
    title = catalog.find(lecture).title
    selected = exercises.of_lecture(lecture)
    if not selected:
        raise ValueError(f"lecture must have exercises. Got {lecture!r} instead.")
    cells = [_markdown("introduction", INTRODUCTION.format(title=title)), _code("setup", SETUP)]
    for number, exercise in enumerate(selected, start=1):
        text = f"## {number}. {_title(exercise)} ({exercise.kind})\n\n{exercise.text}"
        cells.append(_markdown(f"{exercise.name}-text", text))
        cells.append(_answer_cell(exercise, student))
        check = f'lecture.check("{exercise.name}", {exercise.variable})'
        cells.append(_code(f"{exercise.name}-check", check, points=1))
    cells.append(_markdown("results", "## Results"))
    cells.append(_code("report", "lecture.report()"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(lecture: str, folder: str | Path, student: bool = False) -> Path:
    """Write the exercise sheet of a lecture to FOLDER/LECTURE.ipynb, and return the path.

    Args:
        lecture: name of the lecture.
        folder: the folder; it is created.
        student: whether to leave out the solutions.

    Raises:
        ValueError: as `build`.
    """
    folder = checks.path("folder", folder)
    notebook = build(lecture, student)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lecture}.ipynb"
    with files.atomic_write(path) as temp:
        temp.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def _title(exercise):
    """Return the heading of an exercise."""
    return exercise.name.replace("-", " ").capitalize()


def _answer_cell(exercise, student):
    """Return the cell of the answer: the start code and, for teachers, the solution."""
    lines = [exercise.start]
    if not student:
        lines += ["", BEGIN, exercise.solution, END]
    cell = _code(exercise.name, "\n".join(lines))
    cell["metadata"]["nbgrader"] |= {"locked": False, "solution": True}
    return cell


def _metadata(name):
    """Return nbgrader's metadata of a cell that students do not change."""
    return {
        "nbgrader": {
            "grade": False,
            "grade_id": name,
            "locked": True,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
    }


def _markdown(name, text):
    """Return a Markdown cell."""
    source = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": name, "metadata": _metadata(name), "source": source}


def _code(name, code, points=None):
    """Return a code cell that students do not change; with points it is a test of nbgrader."""
    metadata = _metadata(name)
    if points:
        metadata["nbgrader"] |= {"grade": True, "points": points}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": code.splitlines(keepends=True),
    }
