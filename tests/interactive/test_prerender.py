import base64
import io
import json
import re
from functools import partial

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from mlcourse.interactive import Interactive
from mlcourse.interactive.controls import checkbox, log_slider, menu, slider
from mlcourse.interactive.prerender import PAGE, PARTLY, STATIC
from tests.interactive.images import drawn

SIZE = 3, 2


def draw(figure, power=1, colour="C0", grid=False, label=""):
    if power == 4:
        raise ValueError("power must not be 4. Got 4 instead.")
    axes = figure.subplots()
    axes.plot([x**power for x in range(10)], color=colour)
    axes.grid(grid)


def made(prerender, low=1, high=3):
    controls = {
        "power": slider("Power <of x>", low, high, 2),
        "colour": menu("Colour", [("blue", "C0"), ("red", "C3"), ("green", "C2")], "C3"),
        "grid": checkbox("Grid"),
        "label": widgets.Text("x"),
    }
    return Interactive(draw, controls, figsize=SIZE, alt="A <curve>.", prerender=prerender)


def only(control, some):
    """Return a figure of the value of one control."""
    draw = lambda figure, x: figure.text(0.5, 0.5, f"{x}")  # noqa: E731
    return Interactive(draw, {"x": control}, figsize=SIZE, alt="", prerender={"x": some})


def coarse(control, step):
    control.step = step
    return control


@pytest.fixture(autouse=True)
def prerender(monkeypatch):
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "prerender")


def page(interactive):
    bundle = interactive._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    html = bundle["text/html"]
    return html, json.loads(re.search(r'application/json">(.*?)</script>', html)[1])


def assert_close(address, expected):
    """Check that an image is the expected one, except for lossy compression."""
    read = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/webp;base64,"))))
    difference = np.abs(np.asarray(read.convert("RGB"), int) - expected[..., :3].astype(int))
    assert difference.mean() < 2


def test_there_is_the_picture_of_each_setting():
    _, data = page(made({"power": None, "colour": None}))
    assert data["labels"] == ["Power <of x>", "Colour"]
    assert data["texts"] == [["1", "2", "3"], ["blue", "red", "green"]]
    assert len(data["order"]) == len(data["images"]) == 9
    for number, (power, colour) in {0: (1, "C0"), 4: (2, "C3"), 8: (3, "C2")}.items():
        expected = drawn(partial(draw, power=power, colour=colour), SIZE)
        assert_close(data["images"][data["order"][number]], expected)


def test_controls_are_a_browsers_own_and_stand_where_they_stood():
    html, _ = page(made({"power": None, "colour": None, "grid": None}))
    assert '<input type="range" min="0" max="2" value="1"' in html
    assert "<option selected>red</option>" in html
    assert '<input type="checkbox" autocomplete="off"> Grid' in html
    assert "Power &lt;of x&gt;" in html
    assert 'alt="A &lt;curve&gt;."' in html


def test_it_stands_afterwards_as_before_and_pictures_that_are_alike_are_there_once():
    interactive = made({"power": (1, 3)})
    before = interactive.values
    _, data = page(interactive)
    assert interactive.values == before
    assert data["texts"] == [["1", "2", "3"]]  # including the current value
    controls, options = (
        {"n": slider("n", 0, 4)},
        {"figsize": SIZE, "alt": "", "prerender": {"n": None}},
    )
    same = Interactive(lambda figure, n: figure.subplots(), controls, **options)
    _, data = page(same)
    assert (len(data["images"]), data["order"]) == (1, [0] * 5)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        (slider("x", 0.0, 0.5, 0.3, 0.1), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (slider("x", 0.1, 1.0, 0.15, 0.3), ["0.1", "0.15", "0.4", "0.7", "1"]),
        (slider("x", 0, 10, 3, 3), ["0", "3", "6", "9", "10"]),
        (coarse(log_slider("x", -2, 0, 0.1), 0.5), ["0.01", "0.032", "0.1", "0.32", "1"]),
        (menu("x", [8, 16]), ["8", "16"]),
        (menu("x", {"few": 1, "many": 2}), ["few", "many"]),
    ],
)
def test_each_kind_of_control_has_the_pictures_of_all_its_values(control, words):
    html, data = page(only(control, None))
    assert data["texts"] == [words]
    assert len(data["order"]) == len(words) and not data["errors"]
    assert all(word in html for word in words)


@pytest.mark.parametrize(
    ("control", "some", "words"),
    [
        (slider("x", 0, 3), (2, 3, 4), ["0", "2", "3"]),
        (slider("x", 0.1, 0.5, 0.3, 0.1), (0, 0.1 + 0.2, 0.9), ["0.3"]),
        (log_slider("x", -2, 0, 0.1), (0.001, 0.01, 0.1995, 2), ["0.01", "0.1", "0.2"]),
    ],
)
def test_values_that_a_slider_cannot_have_are_left_out(control, some, words):
    _, data = page(only(control, some))
    assert data["texts"] == [words]
    assert len(data["images"]) == len(words)


def test_a_menu_has_only_what_was_drawn():
    html, data = page(made({"colour": ("C0",)}))
    assert data["texts"] == [["blue", "red"]]
    assert "green" not in html


def test_without_values_it_is_a_static_image_that_says_so():
    interactive, drawings = made(None), []
    interactive._draw = lambda *args, **kwargs: drawings.append(kwargs)
    html = interactive._repr_mimebundle_()["text/html"]
    assert STATIC in html
    assert "<input" not in html and "<script" not in html
    assert html.count("data:image/webp") == 1
    assert not drawings  # it has been drawn already


def test_a_line_says_which_controls_work_on_the_page_and_which_in_the_notebook():
    html, _ = page(made({"power": None}))
    assert PARTLY.format("Colour, Grid") in html
    html, _ = page(only(slider("x", 1, 3), None))
    assert PAGE in html


def test_a_setting_that_cannot_be_drawn_says_why():
    html, data = page(made({"power": None}, high=5))
    assert data["order"] == [0, 1, 2, -1, 3]
    assert data["errors"] == {"3": "power must not be 4. Got 4 instead."}
    assert 'aria-live="polite" style="color: #a03000; background: white"></figcaption>' in html
