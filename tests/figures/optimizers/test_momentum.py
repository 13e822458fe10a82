import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.quiver import Quiver

from mlcourse import plot_nesterov
from mlcourse.optimizers import surfaces

RATE, KEPT = 0.005, 0.9
BOTH = ("Momentum", "Nesterov momentum")


def arrows(ax):
    """The arrows by label, each a tail and what leads from it to the tip."""
    quivers = [artist for artist in ax.collections if isinstance(artist, Quiver)]
    assert all((q.angles, q.scale_units, q.scale) == ("xy", "xy", 1) for q in quivers)
    return {
        q.get_label(): (np.ravel([q.X, q.Y]).astype(float), np.ravel([q.U, q.V]).astype(float))
        for q in quivers
    }


def rolled(surface, place, updates):
    """Momentum, once more."""
    place, update = np.array(place, float), np.zeros(2)
    for _ in range(updates):
        before = place
        update = KEPT * update - RATE * np.array(surface.slope(*place))
        place = place + update
    return before, place


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize(
    ("name", "step", "start"),
    [("beale", 18, None), ("beale", 5, (-1.0, 1.25)), ("ravine", 9, None), ("saddle", 30, None)],
)
def test_the_arrows_are_a_step_of_momentum_taken_apart(method, name, step, start):
    surface = surfaces.find(name)
    ax = plot_nesterov(None, method, surface=name, step=step, start=start)
    found = arrows(ax)
    ahead_of = "look-ahead\n" if method == "Nesterov momentum" else ""
    names = ["previous update", "momentum step", f"{ahead_of}gradient step", "actual step"]
    assert list(found) == names
    previous, momentum, gradient, actual = found.values()

    from_, ball = rolled(surface, np.float32(surface.start if start is None else start), step - 1)
    near = {"rtol": 0, "atol": 1e-12}
    np.testing.assert_allclose(previous[0], from_, **near)
    np.testing.assert_allclose(previous[1], ball - from_, **near)
    np.testing.assert_allclose(momentum[0], ball, **near)
    np.testing.assert_allclose(momentum[1], KEPT * (ball - from_), **near)
    np.testing.assert_allclose(actual[0], ball, **near)
    np.testing.assert_allclose(actual[1], momentum[1] + gradient[1], **near)

    measured = ball if method == "Momentum" else ball + momentum[1]
    np.testing.assert_allclose(gradient[0], measured, **near)
    np.testing.assert_allclose(gradient[1], -RATE * np.array(surface.slope(*measured)), **near)


@pytest.mark.parametrize("method", BOTH)
def test_ball_and_measuring_point_are_marked(method):
    ax = plot_nesterov(None, method)
    found = arrows(ax)
    marks = {line.get_label(): np.ravel(line.get_data()) for line in ax.lines}
    gradient = next(arrow for label, arrow in found.items() if "gradient step" in label)
    np.testing.assert_allclose(marks["ball"], found["actual step"][0])
    np.testing.assert_allclose(marks["gradient is\nmeasured here"], gradient[0])
    assert (marks["ball"] == marks["gradient is\nmeasured here"]).all() == (method == "Momentum")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {*found, "ball", "gradient is\nmeasured here"} <= set(labels)
    assert ax.get_title() == method


def test_nesterov_is_the_default():
    assert plot_nesterov(None).get_title() == "Nesterov momentum"


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("layout", [None, "constrained"])
def test_all_arrows_are_in_the_axes_and_the_legend_beside_them(method, layout):
    figure, ax = plt.subplots(figsize=(7, 4), layout=layout)
    assert plot_nesterov(ax, method) is ax
    figure.canvas.draw()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for tail, arrow in arrows(ax).values():
        for x, y in (tail, tail + arrow):
            assert left < x < right and bottom < y < top
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 >= ax.bbox.x1 and legend.x1 <= figure.bbox.x1 + 1
    assert plt.get_fignums() == [figure.number]


def test_one_scale_holds_for_x_and_y():
    ax = plot_nesterov(None)
    ax.figure.canvas.draw()
    assert ax.get_aspect() == 1
    assert np.diff(ax.get_xlim())[0] == pytest.approx(np.diff(ax.get_ylim())[0])


def test_settings_are_left_alone():
    before = dict(mpl.rcParams)
    plot_nesterov(None)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        (("Nesterov",), {}, r"one of Momentum, Nesterov momentum\. Got 'Nesterov' instead"),
        ((), {"surface": "beal"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'beal'"),
        ((), {"step": 0}, r"step must be a whole number of at least 1\. Got 0"),
        ((), {"start": 3}, r"start must be two finite numbers, x and y\. Got 3"),
        (
            (),
            {"surface": "rosenbrock", "step": 60},
            r"Got the surface 'rosenbrock' instead, on which it diverges",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_drawn(args, settings, message):
    with pytest.raises(ValueError, match=message):
        plot_nesterov(None, *args, **settings)
    assert plt.get_fignums() == []


def test_both_methods_have_the_same_limits():
    one, other = (plot_nesterov(None, method) for method in ("Momentum", "Nesterov momentum"))
    assert one.get_xlim() == other.get_xlim() and one.get_ylim() == other.get_ylim()
