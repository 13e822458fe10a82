"""What `docs/reliability.md` promises is what is tested."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def names_in(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_promise_has_its_test(path, name):
    assert name.startswith("test_")
    assert name in names_in(path)


def test_each_line_of_a_table_names_a_test():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and "tried by" not in line]
    assert len(lines) > 20
    assert [line for line in lines if "`tests/" not in line] == []


def test_each_fault_that_is_tried_is_promised():
    files = sorted((ROOT / "tests" / "faults").glob("test_*.py"))
    tried = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files
        for name in names_in(path)
        if name.startswith("test_") and path.name != Path(__file__).name
    }
    assert tried <= set(NAMED)
