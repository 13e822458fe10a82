import ast
import builtins
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mlcourse.lectures import catalog as lectures
from mlcourse.lectures import scores

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
DRAWS = re.compile(
    r"^(plt\.|figure|axes|mlc\.(figures\.)?(draw_|plot_)|train\(|history = |[\w.]+\.fit\($)", re.M
)


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_figure_has_an_alternative_text(path):
    without = [
        "".join(cell["source"])
        for cell in code_cells(path)
        if DRAWS.search("".join(cell["source"])) and not cell["metadata"].get("alt")
    ]
    assert not without


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_images_and_no_machine_paths_are_saved(path):
    text = path.read_text(encoding="utf-8")
    assert "image/png" not in text
    assert not re.search(r"/(home|tmp|Users|root|work)/", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lecture_asks_before_it_shows_and_folds_the_answers(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    questions = [
        index for index, source in enumerate(sources) if "**Predict, then run.**" in source
    ]
    assert len(questions) >= 4
    for index in questions:
        question, answer = sources[index].split("<details><summary>Answer</summary>\n\n")
        assert "?" in question and answer.endswith("\n\n</details>")
        after = [cell["cell_type"] for cell in cells[index + 1 : index + 3]]
        assert "code" in after, "a question must be before a control or a figure"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lecture_names_its_exercise_sheet(path):
    text = path.read_text(encoding="utf-8")
    assert f"mlcourse exercises {path.stem} --student" in text
    assert f"`notebooks/exercises/{path.stem}.ipynb`" in text
    assert (FOLDER / "exercises" / path.name).exists()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lecture_has_one_cell_of_settings(path):
    sources = ["".join(cell["source"]) for cell in code_cells(path)]
    settings = [source for source in sources if "lecture.choose(" in source]
    assert len(settings) <= 1
    if settings and settings[0].count("lecture.choose(") > 1:
        assert sources.index(settings[0]) == 2, "the settings must be the cell after the imports"


def test_each_section_of_the_ablation_runs_alone():
    lecture = lectures.find("experiments")
    headings = re.findall(r"^## (.+)", "\n".join(map(text, lectures.read(lecture).cells)), re.M)
    sections = [
        heading for heading in headings if heading not in ("Summary", "Results of this run")
    ]
    assert len(sections) == 4
    for section in sections:
        cells = scores._notebook(lecture, section).cells
        code = ast.parse("\n".join(text(cell) for cell in cells if cell.cell_type == "code"))
        assert used_names(code) <= defined_names(code) | set(dir(builtins)), section


def text(cell):
    return "".join(cell["source"])


def used_names(code):
    return {node.id for node in ast.walk(code) if isinstance(node, ast.Name)}


def defined_names(code):
    names = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
    return names


@pytest.mark.slow
def test_a_cell_that_warns_fails(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(line) for line in ("import warnings", "warnings.warn('now')")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "loud.ipynb")
    shutil.copy(FOLDER / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 1 passed" in done.stdout
    assert "UserWarning: now" in done.stdout
