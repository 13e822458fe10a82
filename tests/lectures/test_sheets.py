"""Exercise sheets as notebooks, their results in the report, and the table of a class."""

import csv
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import nbformat
import numpy as np
import pytest

import mlcourse
from mlcourse import datasets, lectures
from mlcourse.cli import main
from mlcourse.lectures import exercises, session, sheets

FOLDER = Path(__file__).parents[2] / "notebooks" / "exercises"
LECTURES = list(lectures.available())


def sources(notebook, kind):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def run_sheet(notebook, monkeypatch):
    """Run the code cells but the setup in this process; return the session and its report."""
    reports = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: reports.append(bundle))
    lecture = session.Session(quick=True, device="CPU")
    namespace = {"lecture": lecture, "np": np}
    with redirect_stdout(io.StringIO()):
        for source in sources(notebook, "code")[1:]:
            exec(source, namespace)
    return lecture, reports[-1]


@pytest.mark.parametrize("lecture", LECTURES)
def test_the_committed_sheets_are_the_generated_ones(lecture, tmp_path):
    written = sheets.write(lecture, tmp_path)
    assert written.read_text("utf-8") == (FOLDER / f"{lecture}.ipynb").read_text("utf-8")


@pytest.mark.parametrize("lecture", LECTURES)
@pytest.mark.parametrize("student", [False, True])
def test_a_sheet_is_a_valid_notebook_with_unique_grade_ids(lecture, student):
    notebook = sheets.build(lecture, student)
    nbformat.validate(nbformat.from_dict(notebook))
    metadata = [cell["metadata"]["nbgrader"] for cell in notebook["cells"]]
    names = [cell["grade_id"] for cell in metadata]
    assert len(names) == len(set(names))
    n_exercises = len(exercises.of_lecture(lecture))
    assert sum(cell["grade"] and cell["points"] == 1 for cell in metadata) == n_exercises
    assert sum(cell["solution"] for cell in metadata) == n_exercises
    assert not any(cell["locked"] and cell["solution"] for cell in metadata)


@pytest.mark.parametrize("lecture", LECTURES)
def test_a_student_sheet_has_no_solution(lecture):
    text = json.dumps(sheets.build(lecture, student=True))
    assert "SOLUTION" not in text
    for exercise in exercises.of_lecture(lecture):
        assert json.dumps(exercise.solution)[1:-1] not in text


@pytest.mark.parametrize("lecture", LECTURES)
def test_a_sheet_with_solutions_passes(lecture, monkeypatch):
    checked, report = run_sheet(sheets.build(lecture), monkeypatch)
    names = [exercise.name for exercise in exercises.of_lecture(lecture)]
    assert list(checked.checks) == names
    assert all(result["passed"] for result in checked.checks.values())
    assert report[session.MIME_TYPE]["checks"] == checked.checks
    assert names[0] in report["text/html"]


@pytest.mark.parametrize("lecture", LECTURES)
def test_an_unanswered_sheet_runs_and_passes_nothing(lecture, monkeypatch):
    checked, _ = run_sheet(sheets.build(lecture, student=True), monkeypatch)
    assert len(checked.checks) == len(exercises.of_lecture(lecture))
    assert not any(result["passed"] for result in checked.checks.values())


def test_a_check_prints_records_and_counts_attempts(capsys):
    lecture = session.Session(quick=True, device="CPU")
    assert not lecture.check("one-hot", lambda labels, n: np.eye(n)[:, labels])
    printed = "one-hot: not passed. Transposed: each example has a row.\n"
    assert capsys.readouterr().out == printed
    result = lecture.check("one-hot", exercises.find("one-hot").define(SOLUTION))
    assert result.passed
    assert capsys.readouterr().out == "one-hot: passed\n"
    assert lecture.checks == {"one-hot": {"passed": True, "mistake": "", "attempts": 2}}


SOLUTION = exercises.find("one-hot").solution


def test_nbgrader_gets_an_error_for_a_wrong_answer(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    lecture = session.Session(quick=True, device="CPU")
    with pytest.raises(session.CheckFailed, match="There is no answer yet"):
        lecture.check("one-hot", ...)
    assert lecture.check("one-hot", exercises.find("one-hot").define(SOLUTION))


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"exercise must be one of .* Got 'one_hot' instead"):
        session.Session(quick=True, device="CPU").check("one_hot", 1)


def hand_in(path, checks):
    """Write a notebook with recorded results."""
    output = nbformat.v4.new_output("display_data", {session.MIME_TYPE: {"checks": checks}})
    cell = nbformat.v4.new_code_cell("raise SystemExit('must not run')", outputs=[output])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def recorded(passed, mistake=""):
    return {"passed": passed, "mistake": mistake, "attempts": 1}


def test_a_class_becomes_a_table(tmp_path, capsys):
    hand_in(tmp_path / "ann" / "sheet.ipynb", {"one-hot": recorded(True), "xor": recorded(True)})
    hand_in(tmp_path / "ben.ipynb", {"one-hot": recorded(False, "transposed")})
    hand_in(tmp_path / "=1+1.ipynb", {"one-hot": recorded(False, "transposed")})
    hand_in(tmp_path / "cleo.ipynb", {})
    (tmp_path / "broken.ipynb").write_text("{")
    assert main(["grade", str(tmp_path), "--csv", str(tmp_path / "class.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ann/sheet       2        2" in lines
    assert "ben             0        1" in lines
    assert "cleo            0        0  no results: the last cell was not run" in lines
    assert any(line.startswith("broken ") and "not a readable notebook" in line for line in lines)
    assert any(line.split() == ["one-hot", "1", "3", "transposed", "(2)"] for line in lines)
    rows = list(csv.reader((tmp_path / "class.csv").open(encoding="utf-8", newline="")))
    assert rows[0] == ["notebook", "passed", "xor", "one-hot", "problem"]
    assert ["'=1+1", "0", "", "transposed", ""] in rows
    assert ["ann/sheet", "2", "passed", "passed", ""] in rows


@pytest.mark.parametrize(
    "content",
    ["[]", "7", '{"cells": 3}', '{"cells": [3, {"outputs": [1, {"data": 2}]}]}', "[" * 100_000, ""],
)
def test_any_content_of_a_file_is_read(content, tmp_path):
    (tmp_path / "a.ipynb").write_text(content)
    (notebook,) = sheets.grade(tmp_path).notebooks
    assert notebook.results == {}
    assert notebook.problem


def test_hostile_text_reaches_no_table(tmp_path):
    hostile = {
        "<script>": recorded(True),
        "one-hot": recorded(False, "<script>alert(1)</script>"),
        "xor": {"passed": "yes"},
        "circle": [1],
    }
    hand_in(tmp_path / "a\x1b[31m.ipynb", hostile)
    results = sheets.grade(tmp_path)
    assert results.notebooks[0].results == {"xor": "not passed", "one-hot": "not passed"}
    assert "\x1b" not in str(results)
    assert "<script>" not in str(results)


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_without_notebooks_is_refused(name, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"folder must .* Got .* instead"):
        sheets.grade(tmp_path / name)


def test_the_command_writes_sheets(tmp_path, capsys):
    assert main(["exercises", "experiments", "--student", "--out", str(tmp_path / "new")]) == 0
    path = tmp_path / "new" / "experiments.ipynb"
    assert capsys.readouterr().out == f"Exercises: {path}\n"
    assert "SOLUTION" not in path.read_text("utf-8")
    assert main(["exercises", "nothing", "--out", str(tmp_path)]) == 1
    assert "There is no lecture 'nothing'" in capsys.readouterr().err


def test_a_lecture_without_exercises_is_refused(monkeypatch):
    monkeypatch.setattr(exercises, "EXERCISES", {})
    with pytest.raises(ValueError, match="lecture must have exercises"):
        sheets.build("experiments")


def test_the_setup_of_a_sheet_defines_a_session(cache):
    namespace = {}
    with redirect_stdout(io.StringIO()):
        exec(sources(sheets.build("experiments"), "code")[0], namespace)
    assert isinstance(namespace["lecture"], mlcourse.lectures.Session)


def test_the_name_of_an_injected_fault_is_checked_as_an_answer(capsys):
    x, y = datasets.two_moons(40)
    case = datasets.inject(x, y, (x, y), fault="sorted batches", seed=3)
    lecture = session.Session(quick=True, device="CPU")
    assert not lecture.check(case, "noisy labels")
    assert lecture.check(case, "sorted batches")
    wrong, right = capsys.readouterr().out.splitlines()
    assert wrong.startswith(
        "fault in the data, seed 3: not passed. The fault is not 'noisy labels'"
    )
    assert "sorted" not in wrong
    assert right == "fault in the data, seed 3: passed"
    recorded = {"passed": True, "mistake": "", "attempts": 2}
    assert lecture.checks == {"fault in the data, seed 3": recorded}
    with pytest.raises(ValueError, match="Did you mean 'sorted batches'"):
        lecture.check(case, "sorted batch")
