import base64
import io
import json
import re
from functools import partial

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from mlcourse.interactive import Interactive, initialization, schedules
from mlcourse.interactive.beforehand import STILL
from mlcourse.interactive.controls import menu, slider, switch
from tests.interactive.pictures import drawn

SIZE = 3, 2


def draw(figure, power=1, colour="C0", grid=False, label=""):
    if power == 4:
        raise ValueError("power must not be 4. Got 4 instead.")
    axes = figure.subplots()
    axes.plot([x**power for x in range(10)], color=colour)
    axes.grid(grid)


def made(frames, low=1, high=3):
    controls = {
        "power": slider("Power <of x>", low, high, 2),
        "colour": menu("Colour", [("blue", "C0"), ("red", "C3"), ("green", "C2")], "C3"),
        "grid": switch("Grid"),
        "label": widgets.Text("x"),
    }
    return Interactive(draw, controls, size=SIZE, alt="A <curve>.", frames=frames)


@pytest.fixture(autouse=True)
def beforehand(monkeypatch):
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "beforehand")


def page(interactive):
    bundle = interactive._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    html = bundle["text/html"]
    return html, json.loads(re.search(r'application/json">(.*?)</script>', html)[1])


def assert_close(address, expected):
    """Fails unless a picture is the expected one, but for its fewer colours."""
    read = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/webp;base64,"))))
    difference = np.abs(np.asarray(read.convert("RGB"), int) - expected[..., :3].astype(int))
    assert difference.mean() < 2


def test_there_is_the_picture_of_each_setting():
    _, data = page(made({"power": None, "colour": None}))
    assert data["labels"] == ["Power <of x>", "Colour"]
    assert data["words"] == [["1", "2", "3"], ["blue", "red", "green"]]
    assert len(data["order"]) == len(data["pictures"]) == 9
    for number, (power, colour) in {0: (1, "C0"), 4: (2, "C3"), 8: (3, "C2")}.items():
        expected = drawn(partial(draw, power=power, colour=colour), SIZE)
        assert_close(data["pictures"][data["order"][number]], expected)


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
    assert data["words"] == [["1", "2", "3"]]  # the one where it stands is among them
    controls, options = {"n": slider("n", 0, 4)}, {"size": SIZE, "alt": "", "frames": {"n": None}}
    same = Interactive(lambda figure, n: figure.subplots(), controls, **options)
    _, data = page(same)
    assert (len(data["pictures"]), data["order"]) == (1, [0] * 5)


def test_a_menu_has_only_what_was_drawn():
    html, data = page(made({"colour": ("C0",)}))
    assert data["words"] == [["blue", "red"]]
    assert "green" not in html


def test_without_frames_it_is_a_still_picture_that_says_so():
    html, data = page(made(None))
    assert STILL in html
    assert "<input" not in html
    assert len(data["pictures"]) == 1


def test_a_setting_that_cannot_be_drawn_says_why():
    html, data = page(made({"power": None}, high=5))
    assert data["order"] == [0, 1, 2, -1, 3]
    assert data["problems"] == {"3": "power must not be 4. Got 4 instead."}
    assert 'aria-live="polite" style="color: #a03000; background: white"></figcaption>' in html


def test_settings_that_follow_a_menu_follow_it_here():
    _, data = page(schedules("constant"))
    assert len(data["pictures"]) == len(data["words"][0]) == 6
    _, data = page(initialization("relu", "he_normal"))
    assert data["words"][2] == ["0.5", "1", "2"]
