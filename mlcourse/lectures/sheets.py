"""Write exercise sheets, notebooks in nbgrader's convention, and read handed-in ones.

Handed-in notebooks are not run: each contains the results that `lecture.report` has saved.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from mlcourse._core import checks, files, tables
from mlcourse.lectures import catalog, exercises
from mlcourse.lectures.session import MIME_TYPE

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"

INTRODUCTION = """# Exercises: {title}

Replace each `...` by your answer, and run the cell below it: `lecture.check` tests the properties
of your answer and, if it recognizes the mistake, names it. You may try as often as you like. At the
end, run the last cell: it saves your results in the notebook. The exercises need no internet."""

SETUP = """import numpy as np

import mlcourse as mlc

lecture = mlc.setup_notebook()"""


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


PASSED = "passed"
NOT_PASSED = "not passed"


@dataclass(frozen=True)
class HandedIn:
    """A handed-in notebook.

    Attributes:
        name: path relative to the folder, without the suffix.
        results: "passed", the name of a mistake, or "not passed", by name of the exercise.
        problem: why the notebook has no results, or an empty string.
    """

    name: str
    results: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def n_passed(self) -> int:
        """Return the number of exercises that passed."""
        return list(self.results.values()).count(PASSED)


@dataclass(frozen=True)
class ClassResults:
    """Results of the exercises of a class.

    Attributes:
        notebooks: the handed-in notebooks, sorted by name.
    """

    notebooks: list[HandedIn]

    @property
    def exercise_names(self) -> list[str]:
        """Return the names of all exercises that are in a notebook, in the order of the sheets."""
        names = {name for notebook in self.notebooks for name in notebook.results}
        return [name for name in exercises.EXERCISES if name in names]

    def __str__(self):
        """Return a table of the notebooks and one of the exercises, as text."""
        notebooks = [
            [notebook.name, str(notebook.n_passed), str(len(notebook.results)), notebook.problem]
            for notebook in self.notebooks
        ]
        lines = tables.as_lines(["notebook", "passed", "checked", "problem"], notebooks)
        rows = [self._summary(name) for name in self.exercise_names]
        if rows:
            head = ["exercise", "passed", "checked", "most frequent mistake"]
            lines += ["", *tables.as_lines(head, rows)]
        return "\n".join(lines)

    def _summary(self, exercise):
        """Return the row of an exercise."""
        results = [
            notebook.results[exercise]
            for notebook in self.notebooks
            if exercise in notebook.results
        ]
        mistakes = Counter(result for result in results if result not in (PASSED, NOT_PASSED))
        (frequent, times), *_ = mistakes.most_common(1) or [("", 0)]
        mistake = f"{frequent} ({times})" if frequent else ""
        return [exercise, str(results.count(PASSED)), str(len(results)), mistake]

    def to_csv(self, path: str | Path) -> Path:
        """Write a row for each notebook and a column for each exercise, and return the path."""
        names = self.exercise_names
        rows = [
            [
                notebook.name,
                notebook.n_passed,
                *(notebook.results.get(name, "") for name in names),
                notebook.problem,
            ]
            for notebook in self.notebooks
        ]
        return tables.write_csv(path, ["notebook", "passed", *names, "problem"], rows)


def grade(folder: str | Path) -> ClassResults:
    """Read the results of all notebooks in a folder and its subfolders. No notebook is run.

    The results are those that `lecture.report()` saved in the notebook: a student can change them
    in the file.

    Args:
        folder: folder of the handed-in notebooks.

    Raises:
        ValueError: if it is not a folder, or has no notebook.
    """
    folder = checks.path("folder", folder)
    if not folder.is_dir():
        raise ValueError(f"folder must be an existing folder. Got {folder} instead.")
    paths = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    ]
    if not paths:
        raise ValueError(f"folder must contain notebooks. Got {folder} instead.")
    return ClassResults([_read(path, folder) for path in paths])


def _read(path, folder):
    """Return the results of a notebook, or why it has none."""
    name = path.relative_to(folder).with_suffix("").as_posix()
    name = name.encode("utf-8", "replace").decode("utf-8")  # file names may be any bytes
    try:
        notebook = files.read_json(path)
    except (OSError, ValueError):
        return HandedIn(name, problem="not a readable notebook")
    reports = list(filter(None, map(_recorded, _outputs(notebook))))
    if not reports:
        return HandedIn(name, problem="no results: the last cell was not run")
    return HandedIn(name, reports[-1])


def _outputs(notebook):
    """Yield the output dicts of a parsed notebook, whatever its structure."""
    for cell in _items(notebook, "cells"):
        for output in _items(cell, "outputs"):
            if isinstance(output, dict):
                yield output


def _items(value, key):
    """Return the list that a dict has under a key, or an empty one."""
    items = value.get(key) if isinstance(value, dict) else None
    return items if isinstance(items, list) else []


def _recorded(output):
    """Return the results in an output, or an empty dict."""
    recorded = output
    for key in ("data", MIME_TYPE, "checks"):
        recorded = recorded.get(key) if isinstance(recorded, dict) else None
    if not isinstance(recorded, dict):
        return {}
    return {
        name: _result(exercise, recorded[name])
        for name, exercise in exercises.EXERCISES.items()
        if isinstance(recorded.get(name), dict)
    }


def _result(exercise, recorded):
    """Return "passed", the name of a known mistake, or "not passed"."""
    if recorded.get("passed") is True:
        return PASSED
    mistake = recorded.get("mistake")
    known = [one.name for one in exercise.mistakes] + [exercises.ENDLESS]
    return mistake if mistake in known else NOT_PASSED
