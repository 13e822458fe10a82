"""Each promise in `docs/reliability.md` has a test, and each fault test a promise."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_promise_has_its_test(path, name):
    assert name.startswith("test_")
    assert name in names_in(path)


def test_each_line_of_a_table_names_a_test():
    lines = [
        line
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.endswith("| tests |")
    ]
    assert len(lines) > 20
    assert [line for line in lines if "`tests/" not in line] == []


def test_each_fault_test_has_its_promise():
    files = sorted((ROOT / "tests" / "faults").glob("test_*.py"))
    tests = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files
        for name in names_in(path)
        if name.startswith("test_") and path.name != Path(__file__).name
    }
    assert tests <= set(NAMED)
