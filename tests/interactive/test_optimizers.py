import importlib
import sys

import ipywidgets as widgets
import numpy as np
import pytest

from mlcourse import optimizers
from mlcourse.figures import plot_optimizers
from mlcourse.interactive import compare_optimizers
from mlcourse.interactive import optimizers as module
from mlcourse.optimizers import surfaces
from tests.conftest import few
from tests.interactive.images import assert_shows

SIZE = 9, 5
DEFAULT = {"A: momentum\nrate 0.005, momentum 0.9\n": "momentum", "B: adam\nrate 0.2\n": "adam"}


def picture(named, steps=50, surface="beale", start=None):
    def draw(figure):
        axes = figure.add_subplot()
        plot_optimizers(axes, steps, named, surface=surface, start=start)
        axes.set_position(module.AXES_POSITION)

    return draw


@pytest.fixture
def shown():
    return compare_optimizers()


@pytest.fixture
def draws(monkeypatch):
    """Record the calls of `plot_optimizers`."""
    calls = []

    def recorded(*args, **options):
        calls.append(args)
        return plot_optimizers(*args, **options)

    monkeypatch.setattr(module, "plot_optimizers", recorded)
    return calls


def test_the_first_picture_has_the_optimizers_of_the_course(shown):
    assert_shows(shown, picture(DEFAULT), SIZE, "none")


def test_the_paths_follow_each_control(shown):
    shown.set(a_learning_rate=0.01, a_momentum=0.5, b="nesterov", steps=20, x=-1.0, y=0.5)
    named = {
        "A: momentum\nrate 0.01, momentum 0.5\n": optimizers.momentum(0.01, momentum=0.5),
        "B: nesterov\nrate 0.005, momentum 0.9\n": "nesterov",
    }
    assert_shows(shown, picture(named, 20, start=(-1, 0.5)), SIZE, "none")


@pytest.mark.parametrize("name", few(optimizers.RULES))
def test_an_optimizer_comes_with_its_default_settings(shown, draws, name):
    shown.set(a="sgd" if name != "sgd" else "adam", a_learning_rate=6.0)
    del draws[:]
    default = optimizers.find(name)
    shown.controls["a"].value = name
    assert shown.values["a_learning_rate"] == default.learning_rate
    assert shown.controls["a_momentum"].disabled == ("momentum" not in default.settings)
    assert shown.values["a_momentum"] == default.settings.get("momentum", 0.0)
    assert len(draws) == 1
    made = module._cached_optimizer(
        name, shown.values["a_learning_rate"], shown.values["a_momentum"]
    )
    np.testing.assert_array_equal(
        optimizers.cached_path(made, "beale"), optimizers.cached_path(name, "beale")
    )


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_a_surface_comes_with_its_start_and_the_sliders_fit_it(shown, draws, name):
    shown.set(surface="ravine")
    del draws[:]
    surface, (x, y) = surfaces.find(name), (shown.controls[one] for one in "xy")
    shown.controls["surface"].value = name
    assert (x.min, x.max, y.min, y.max) == surface.frame
    assert (x.value, y.value) == surface.start
    assert len(draws) == (name != "ravine")
    assert_shows(shown, picture(DEFAULT, surface=name), SIZE, "none")


def test_a_browser_s_steps_mean_the_numbers_beside_them(shown):
    shown.set(surface="saddle", a="sgd", b="adam")
    before = shown.image.value
    shown.set(x=-1.7000000000000002, y=0.0, a_learning_rate=10**-1.9999, b_learning_rate=10**-0.7)
    assert shown.image.value == before


def test_a_start_may_be_set_with_its_surface(shown):
    shown.set(x=-9.0, surface="ravine")
    assert (shown.values["x"], shown.values["y"]) == (-9, 1.5)


def test_a_path_that_diverges_is_said_to_and_does_no_harm(shown):
    shown.set(a="sgd", a_learning_rate=10.0)
    named = {"A: sgd\nrate 10\n": optimizers.sgd(10.0), "B: adam\nrate 0.2\n": "adam"}
    assert_shows(shown, picture(named), SIZE, "none")
    texts = [text.get_text() for text in shown.figure.axes[0].get_legend().get_texts()]
    assert any("diverges at step" in text for text in texts)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"a": "rmsprop", "a_momentum": 0.99, "b": "sgd", "b_learning_rate": 10.0},
        {
            "a": "momentum",
            "a_learning_rate": 10.0,
            "a_momentum": 0.99,
            "surface": "saddle",
            "steps": 200,
        },
    ],
)
def test_all_words_are_within_the_picture(shown, values):
    shown.set(**values)
    box, whole = shown.figure.axes[0].get_tightbbox(), shown.figure.bbox
    assert whole.x0 <= box.x0 and box.x1 <= whole.x1
    assert whole.y0 <= box.y0 and box.y1 <= whole.y1


def test_two_of_a_kind_are_two(shown):
    shown.set(b="momentum")
    assert len(shown.figure.axes[0].get_legend().get_texts()) == 4


def test_a_path_is_kept_when_other_controls_move(shown, monkeypatch):
    path = optimizers.descent._path
    shown.set(steps=60)
    before = path.cache_info().misses
    shown.set(steps=70)
    shown.set(b_learning_rate=0.25)
    assert path.cache_info().misses == before + 1


def test_a_click_is_the_start(shown, draws):
    axes, height = shown.figure.axes[0], shown.figure.bbox.height
    right, up = axes.transData.transform((-1.5, -2.25))
    shown.image.clicked = [right, height - up]
    assert (shown.values["x"], shown.values["y"]) == pytest.approx((-1.5, -2.25))
    assert len(draws) == 1
    assert_shows(shown, picture(DEFAULT, start=(-1.5, -2.25)), SIZE, "none")


def test_a_click_beside_the_surface_is_none(shown, draws):
    shown.image.clicked = [5.0, 5.0]
    assert not draws and shown.values["x"] == 0.8


def test_without_anywidget_the_sliders_do_it(monkeypatch):
    from mlcourse.interactive import controls

    with monkeypatch.context() as without:
        without.setitem(sys.modules, "anywidget", None)
        importlib.reload(controls)
        without.setattr(module, "ClickableImage", controls.ClickableImage)
        shown = compare_optimizers()
        assert isinstance(shown.image, widgets.Image)
        shown.set(x=1.0)
        assert_shows(shown, picture(DEFAULT, start=(1.0, 1.6)), SIZE, "none")
    importlib.reload(controls)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("adm",), r"optimizer must be one of sgd, .* Got 'adm' instead"),
        (("adam", "sgd", "bale"), r"surface must be one of beale, .* Got 'bale' instead"),
    ],
)
def test_names_that_are_not_known_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        compare_optimizers(*arguments)
