import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))
DRAWS = re.compile(r"^(plt\.|figure|axes|draw_|plot_|train\(|history = |\w+\.fit\($)", re.M)


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_figure_has_a_text_for_those_who_do_not_see_it(path):
    without = [
        "".join(cell["source"])
        for cell in code_cells(path)
        if DRAWS.search("".join(cell["source"])) and not cell["metadata"].get("alt")
    ]
    assert not without


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_pictures_and_no_paths_of_a_machine_are_kept(path):
    text = path.read_text(encoding="utf-8")
    assert "image/png" not in text
    assert not re.search(r"/(home|tmp|Users|root|work)/", text)
