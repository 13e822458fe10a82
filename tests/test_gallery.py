import runpy
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from mlcourse import figures

DOCS = Path(__file__).parents[1] / "docs"
GALLERY = runpy.run_path(str(DOCS / "gallery.py"))


def test_the_page_in_docs_is_the_one_that_the_command_makes():
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == GALLERY["page"]()
    names = {path.name for path in (DOCS / "gallery").iterdir()}
    assert names == {GALLERY["file_name"](function) for function in GALLERY["FIGURES"]}


@pytest.mark.slow
@pytest.mark.parametrize("function", GALLERY["FIGURES"], ids=lambda function: function.__name__)
def test_each_figure_can_be_drawn(function, tmp_path):
    drawn = function()
    if function in GALLERY["ANIMATIONS"]:
        assert figures.save_animation(drawn, tmp_path / "a.gif").stat().st_size
    else:
        figure = getattr(drawn, "figure", None) or drawn
        assert figure.axes
        figure.draw_without_rendering()
    plt.close("all")


def test_each_figure_function_is_in_the_gallery():
    shown = GALLERY["page"]()
    elsewhere = {"plot_samples", "plot_probabilities"}  # need a dataset: see the lectures
    for name in set(figures.__all__) - elsewhere:
        if name.startswith(("plot_", "draw_", "animate_training")):
            assert f"{name}(" in shown
