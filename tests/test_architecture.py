import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
ROWS = [["mlcourse.a"], ["mlcourse.b", "mlcourse.c"], ["mlcourse.d"]]
IMPORTED = {
    "mlcourse.a": {"mlcourse.b.part", "mlcourse.d"},
    "mlcourse.b": set(),
    "mlcourse.b.part": {"mlcourse.d"},
    "mlcourse.c": {"mlcourse.d"},
    "mlcourse.d": set(),
}


@pytest.fixture
def architecture():
    spec = importlib.util.spec_from_file_location("architecture", DOCS / "architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_in_docs_has_the_boxes_and_arrows_of_today(architecture):
    rows, (imported, _) = architecture.floors(), architecture.imports()
    assert architecture.faults(rows, imported) == []
    pieces = architecture.links(rows, architecture.arrows(imported))
    drawn = (DOCS / "images" / "architecture.svg").read_text("utf-8")
    boxes = {name for names in rows for name in names}
    assert set(re.findall(r'id="(mlcourse\.[^"-]+)"', drawn)) == boxes
    arrows = set(re.findall(r'id="(mlcourse\.[^"]+-\d+)"', drawn))
    assert arrows == {architecture.gid(*piece) for piece in pieces}


def test_the_page_names_all_that_is_on_a_floor(architecture):
    page = (DOCS / "architecture.md").read_text("utf-8")
    floors = page.partition("## Floors")[2].partition("Imports point down")[0]
    named = set(re.findall(r"\w+", floors))
    assert {name.partition(".")[2] for names in architecture.floors() for name in names} <= named


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"mlcourse.d": {"mlcourse.b"}}, "mlcourse.d imports mlcourse.b, which is not below it"),
        ({"mlcourse.c": {"mlcourse.b"}}, "mlcourse.c imports mlcourse.b, which is not below it"),
        (
            {"mlcourse.b": {"mlcourse.b.part"}, "mlcourse.b.part": {"mlcourse.b"}},
            " is imported by ",
        ),
        ({"mlcourse.e": set()}, "mlcourse.e is on no floor"),
    ],
    ids=["up", "sideways", "round", "nowhere"],
)
def test_what_the_floors_do_not_allow_is_said_and_not_drawn(
    architecture, monkeypatch, capsys, changes, fault
):
    monkeypatch.setattr(architecture, "floors", lambda: ROWS)
    monkeypatch.setattr(architecture, "imports", lambda: (IMPORTED | changes, set()))
    monkeypatch.setattr(architecture, "save_figure", pytest.fail)
    assert architecture.main() == 1
    assert fault in capsys.readouterr().err


def test_an_arrow_is_left_out_where_a_longer_way_leads_there_too(architecture):
    assert architecture.arrows(IMPORTED) == {
        ("mlcourse.a", "mlcourse.b"),
        ("mlcourse.b", "mlcourse.d"),
        ("mlcourse.c", "mlcourse.d"),
    }


def test_no_box_is_on_another_or_on_a_stream(architecture):
    rows = [["mlcourse.a"], ["mlcourse.b", "mlcourse.c", "mlcourse.a_long_name"], ["mlcourse.d"]]
    pairs = {(rows[0][0], name) for name in (*rows[1], *rows[2])} | {(rows[1][1], rows[2][0])}
    pieces = architecture.links(rows, pairs)
    picture = architecture.Picture(architecture.in_order(pieces), pieces, set(), set())
    assert architecture.crossings(picture.rows, pieces) == 0
    for row in picture.rows:
        for left, right in pairwise(row):
            wide = [picture.wide[p[1]] if picture.is_box(p) else 0 for p in (left, right)]
            assert picture.x[right] - picture.x[left] > sum(wide) / 2
