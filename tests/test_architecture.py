import importlib.util
import re
from pathlib import Path

import pytest

import mlcourse

PACKAGE = Path(mlcourse.__file__).parent
DOCS = PACKAGE.with_name("docs")


@pytest.fixture
def architecture():
    spec = importlib.util.spec_from_file_location("architecture", DOCS / "architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_module_is_on_one_floor_that_the_page_names(architecture):
    rows, keras = architecture.floors()
    names = [name for row in rows for name in row]
    modules = {path.stem for path in PACKAGE.glob("*.py") if "__" not in path.stem}
    modules |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(names) == sorted(modules)
    page = (DOCS / "architecture.md").read_text("utf-8")
    assert modules <= set(re.findall(r"\w+", page.partition("Imports point down")[0]))
    assert {"models", "training"} <= keras and not keras & {"checks", "figures"}


def test_the_drawing_shows_the_floors_of_today(architecture):
    drawing = (DOCS / "images" / "architecture.svg").read_text("utf-8")
    assert drawing == architecture.draw(*architecture.floors())


def test_a_row_has_a_box_for_each_folder_and_colours_what_imports_keras(architecture):
    drawing = architecture.draw([["cli", "training"], ["files"]], {"training"})
    boxes = re.findall(r'rx="4" fill="([^"]+)" stroke="([^"]+)"/>\n.*>(\S+)</text>', drawing)
    assert boxes == [
        ("white", "#888", "cli/"),
        ("#ffd9a0", "#888", "training/"),
        ("none", "none", "files"),
    ]
