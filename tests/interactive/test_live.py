import base64
import threading

import ipywidgets as widgets
import matplotlib as mpl
import numpy as np
import pytest

from mlcourse.interactive import Interactive
from mlcourse.interactive.controls import slider
from tests.interactive.images import assert_shows, drawn, read

SIZE = 4, 3
COUNTS = {"redraws": 0}


def draw(figure, power, word="curve"):
    COUNTS["redraws"] += 1
    if power == 4:
        raise ValueError(f"power must not\nbe <b>4</b>. Got {power} instead.")
    if power == 5:
        return {}["five"]
    return figure.subplots().plot([x**power for x in range(10)], label=word)


def by_hand(power):
    return lambda figure: figure.subplots().plot([x**power for x in range(10)])


@pytest.fixture
def curve():
    COUNTS["redraws"] = 0
    controls = {"power": slider("Power", 1, 5), "word": widgets.Text("curve")}
    return Interactive(draw, controls, figsize=SIZE, alt="A <curve>.")


def redraws(call):
    before = COUNTS["redraws"]
    call()
    return COUNTS["redraws"] - before


def move(control, value):
    control.value = value


def test_the_first_picture_is_that_of_the_first_values(curve):
    assert curve.values == {"power": 1, "word": "curve"}
    assert_shows(curve, by_hand(1), SIZE)
    assert COUNTS["redraws"] == 1


def test_a_control_that_moves_draws_once(curve):
    assert redraws(lambda: move(curve.controls["power"], 3)) == 1
    assert_shows(curve, by_hand(3), SIZE)
    assert redraws(lambda: move(curve.controls["power"], 3)) == 0


def test_controls_that_are_moved_from_several_threads_are_all_drawn():
    others = []

    def draw(figure, first, second):
        if (first, second) == (2, 1):  # meanwhile another thread moves the other control
            others.append(threading.Thread(target=move, args=(controls["second"], 2)))
            others[0].start()
            others[0].join(1)  # it draws at once, or when this has been drawn
        figure.subplots().bar(["first", "second"], [first, second])

    controls = {name: slider(name, 1, 5) for name in ("first", "second")}
    shown = Interactive(draw, controls, figsize=SIZE, alt="Two bars.")
    move(controls["first"], 2)
    others[0].join()
    assert_shows(shown, lambda figure: draw(figure, 2, 2), SIZE)


def test_set_draws_once_for_all_controls(curve):
    assert redraws(lambda: curve.set(power=2, word="line")) == 1
    assert curve.values == {"power": 2, "word": "line"}
    assert_shows(curve, by_hand(2), SIZE)
    (line,) = curve.figure.axes[0].lines
    assert line.get_label() == "line"


def test_set_refuses_names_that_no_control_has(curve):
    with pytest.raises(ValueError, match=r"control must be one of power, word\. Got 'powr' inst"):
        curve.set(powr=2)
    assert curve.values["power"] == 1


def test_controls_still_move_the_picture_after_a_value_that_is_refused(curve):
    with pytest.raises(Exception, match="expected an int"):
        curve.set(power="much")
    curve.controls["power"].value = 2
    assert_shows(curve, by_hand(2), SIZE)


def test_an_error_is_one_line_and_escaped_and_the_picture_stays(curve):
    curve.set(power=3)
    before = curve.image.value
    curve.set(power=4)
    assert curve.error_message == "power must not be <b>4</b>. Got 4 instead."
    assert "be &lt;b&gt;4&lt;/b&gt;." in shown_text(curve)
    assert "<b>" not in shown_text(curve)
    assert curve.image.value == before
    assert curve.figure.axes[0].lines[0].get_ydata()[2] == 8
    curve.set(power=2)
    assert curve.error_message == "" and "must not" not in shown_text(curve)
    assert_shows(curve, by_hand(2), SIZE)


def test_an_error_of_another_kind_is_named(curve):
    curve.set(power=5)
    assert curve.error_message == "KeyError: 'five'"


def test_an_error_in_the_first_picture_is_raised():
    with pytest.raises(ValueError, match="must not"):
        Interactive(draw, {"power": slider("Power", 1, 5, 4)}, figsize=SIZE, alt="")


def test_a_size_must_be_positive():
    with pytest.raises(ValueError, match=r"figsize must be positive\. Got 0 instead"):
        Interactive(draw, {"power": slider("Power", 1, 5)}, figsize=(4, 0), alt="")


def test_the_picture_keeps_its_size(curve):
    size = drawn(by_hand(1), SIZE).shape[1::-1]
    for power in (1, 2, 4, 3):
        curve.set(power=power)
        assert (int(curve.image.width), int(curve.image.height)) == size
        assert read(curve.image.value).shape[1::-1] == size


def test_pyplot_knows_nothing_of_it(curve):
    from matplotlib import pyplot as plt

    curve.set(power=2)
    assert plt.get_fignums() == []


def test_the_bundle_has_the_controls_a_still_and_words(curve, monkeypatch):
    monkeypatch.delenv("MLCOURSE_INTERACTIVE", raising=False)
    curve.set(power=2)
    bundle = curve._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == curve.box.model_id
    assert bundle["text/plain"] == "A <curve>. power 2, word curve"
    np.testing.assert_array_equal(read(still(bundle)), drawn(by_hand(2), SIZE))


def test_without_interactives_there_is_the_still_alone(curve, monkeypatch):
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "0")
    bundle = curve._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    np.testing.assert_array_equal(read(still(bundle)), drawn(by_hand(1), SIZE))


def test_those_who_see_no_picture_are_told_of_it(curve):
    assert "A &lt;curve&gt;." in shown_text(curve)


def test_linked_controls_move_too_and_draw_once():
    controls = {"power": slider("Power", 1, 5), "word": widgets.Text("curve")}
    linked = {"power": lambda power: {"word": f"to the {power}"}}
    curve = Interactive(draw, controls, figsize=SIZE, alt="", linked=linked)
    assert redraws(lambda: move(curve.controls["power"], 3)) == 1
    assert curve.values == {"power": 3, "word": "to the 3"}
    assert redraws(lambda: curve.set(power=2)) == 1
    assert curve.values["word"] == "to the 2"
    assert redraws(lambda: curve.set(word="mine", power=1)) == 1
    assert curve.values == {"power": 1, "word": "mine"}


def test_the_dpi_is_that_of_the_settings():
    with mpl.rc_context({"figure.dpi": 50}):
        curve = Interactive(draw, {"power": slider("Power", 1, 5)}, figsize=SIZE, alt="")
    assert read(curve.image.value).shape[:2] == (150, 200)


def still(bundle):
    png = bundle["image/png"]
    return base64.b64decode(png) if isinstance(png, str) else png


def shown_text(interactive):
    texts = [one.value for one in interactive.box.children if isinstance(one, widgets.HTML)]
    return " ".join(texts)
