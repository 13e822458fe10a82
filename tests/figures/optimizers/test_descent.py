import dataclasses
import itertools
import warnings

import keras
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.quiver import Quiver
from scipy.optimize import minimize

from mlcourse import optimizers, plot_optimizer_comparison, plot_optimizers
from mlcourse.figures import DescentDisplay, plot_descent_loss
from mlcourse.figures._shared.legends import spread
from mlcourse.optimizers import COURSE, surfaces
from tests.conftest import few

TRIO = ["momentum", "adagrad", "adam"]


def quivers(ax):
    return [artist for artist in ax.collections if isinstance(artist, Quiver)]


def tails_and_tips(quiver):
    """Return the tails and tips of the visible arrows."""
    seen = np.broadcast_to(~np.asarray(quiver.Umask), quiver.N)
    tails = np.column_stack([quiver.X, quiver.Y])[seen]
    return tails, tails + np.column_stack([quiver.U, quiver.V])[seen]


def line(ax, label):
    (found,) = [line for line in ax.lines if line.get_label() == label]
    return found


def names(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def quietly(optimizer, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optimizers.descend(optimizer, kwargs.pop("surface", "beale"), *args, **kwargs)


def assert_path(ax, quiver, label, path):
    tails, tips = tails_and_tips(quiver)
    assert len(tails) == len(path) - 1
    np.testing.assert_array_equal(tails, path[:-1])
    np.testing.assert_allclose(tips, path[1:], atol=1e-6)
    assert np.transpose(line(ax, label).get_data()).tolist() == [path[-1].tolist()]


@pytest.mark.parametrize("iterations", [1, 7, 100, 130])
def test_each_arrow_is_a_step_of_the_descent(iterations):
    ax = plot_optimizers(None, iterations, TRIO)
    for name, quiver in zip(TRIO, quivers(ax), strict=True):
        assert_path(ax, quiver, name, optimizers.descend(name, "beale", steps=iterations))
    assert ax.get_title() == f"{iterations} step{'' if iterations == 1 else 's'}"


def test_arrows_are_as_long_as_the_steps_on_the_surface():
    (quiver,) = quivers(plot_optimizers(None, 5, "adam"))
    assert (quiver.angles, quiver.scale_units, quiver.scale) == ("xy", "xy", 1)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ("adam", ["adam"]),
        (["sgd", "lion"], ["sgd", "lion"]),
        ({"slow": "sgd", "fast": "momentum"}, ["slow", "fast"]),
        ({"slow": optimizers.sgd(0.001)}, ["slow"]),
        (optimizers.sgd(0.001), ["sgd(0.001)"]),
        ([optimizers.sgd(0.001), "adam"], ["sgd(0.001)", "adam"]),
    ],
)
def test_optimizers_are_a_name_an_object_a_list_or_a_mapping(given, labels):
    ax = plot_optimizers(None, 4, given)
    assert [name for name in names(ax) if name not in ("minimum", "start")] == labels
    many = given if isinstance(given, (list, dict)) else [given]
    objects = many.values() if isinstance(many, dict) else many
    for label, quiver, optimizer in zip(labels, quivers(ax), objects, strict=True):
        assert_path(ax, quiver, label, optimizers.descend(optimizer, "beale", steps=4))


def test_an_optimizer_of_keras_is_one_too():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Keras, on TensorFlow
        ax = plot_optimizers(None, 3, {"theirs": keras.optimizers.SGD(0.01)})
    expected = optimizers.descend("sgd", "beale", steps=3)
    np.testing.assert_allclose(tails_and_tips(quivers(ax)[0])[1], expected[1:], rtol=1e-5)


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_the_surface_is_drawn_in_its_frame_with_a_star_at_each_minimum(name):
    surface = surfaces.find(name)
    ax = plot_optimizers(None, 3, "adam", surface=name)
    assert (*ax.get_xlim(), *ax.get_ylim()) == surface.frame
    stars = line(ax, "minimum")
    assert stars.get_marker() == "*"
    np.testing.assert_allclose(np.transpose(stars.get_data()), surface.minima)
    assert_path(ax, quivers(ax)[0], "adam", optimizers.descend("adam", name, steps=3))
    np.testing.assert_array_equal(np.ravel(line(ax, "start").get_data()), np.float32(surface.start))


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_there_are_25_contours_at_equal_ratios_of_the_height(name):
    surface = surfaces.find(name)
    ax = plot_optimizers(None, 2, "adam", surface=surface)
    sets = [artist for artist in ax.collections if isinstance(artist, mpl.contour.ContourSet)]
    assert sorted(contours.filled for contours in sets) == [False, True]
    for contours in sets:
        heights = 10.0**contours.levels
        assert len(heights) == 25
        ratios = heights[1:] / heights[:-1]
        assert ratios[0] > 1
        np.testing.assert_allclose(ratios, ratios[0])
    # a line is where the surface has that height
    (lines,) = [contours for contours in sets if not contours.filled]
    number = 20
    places = np.concatenate([path.vertices for path in lines.get_paths()[number : number + 1]])
    found = surface.f(*places.T) - surface.lowest
    np.testing.assert_allclose(found, 10.0 ** lines.levels[number], rtol=0.05)


def test_start_noise_and_seed_are_those_of_the_descent():
    where = {"start": (-1.0, 1.25), "noise": 0.5, "seed": 3}
    ax = plot_optimizers(None, 20, "momentum", **where)
    expected = optimizers.descend("momentum", "beale", steps=20, **where)
    assert_path(ax, quivers(ax)[0], "momentum", expected)
    other = plot_optimizers(None, 20, "momentum", **{**where, "seed": 4})
    assert not np.allclose(tails_and_tips(quivers(other)[0])[1], expected[1:])


def counting(optimizer):
    calls = []

    def update(*args):
        calls.append(1)
        return optimizer.update(*args)

    return dataclasses.replace(optimizer, update=update), calls


def test_another_number_of_iterations_computes_no_path_again():
    optimizer, calls = counting(optimizers.COURSE["adam"])
    plot_optimizers(None, 30, {"adam": optimizer})
    once = len(calls)
    assert once >= 30
    ax = plot_optimizers(None, 60, {"adam": optimizer})
    plot_optimizers(None, 5, optimizer)
    plot_descent_loss(optimizer, steps=50)
    assert len(calls) == once
    assert len(tails_and_tips(quivers(ax)[0])[0]) == 60
    plot_optimizers(None, 5, optimizer, start=(0.0, 0.0))
    assert len(calls) == 2 * once


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize("chosen", ["adam", TRIO, optimizers.opt_names[:6]])
def test_the_legend_is_beside_the_axes_and_in_the_figure(layout, chosen):
    figure, ax = plt.subplots(figsize=(8, 5), layout=layout)
    plot_optimizers(ax, 100, chosen)
    figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 >= ax.bbox.x1  # the paths are clipped to that box
    assert figure.bbox.x0 <= legend.x0 and legend.x1 <= figure.bbox.x1 + 1
    assert figure.bbox.y0 <= legend.y0 and legend.y1 <= figure.bbox.y1 + 1
    assert ax.bbox.width > 0.4 * figure.bbox.width
    assert all(quiver.get_clip_on() for quiver in quivers(ax))
    listed = [chosen] if isinstance(chosen, str) else chosen
    words = {"sgd_decay": "sgd with decay", "sgd_cyclic": "sgd, cyclical"}
    words["rmsprop_mom"] = "rmsprop with momentum"
    assert names(ax) == ["minimum", "start", *(words.get(name, name) for name in listed)]


def test_new_axes_have_room_for_the_eleven():
    ax = plot_optimizers(None, 100, optimizers.opt_names)
    ax.figure.canvas.draw()
    for label in (text.get_window_extent() for text in ax.texts if text.get_text()):
        assert ax.bbox.x1 <= label.x0 and label.x1 <= ax.figure.bbox.x1
        assert ax.figure.bbox.y0 <= label.y0 and label.y1 <= ax.figure.bbox.y1
    looks = {(ax.lines[-n].get_color(), ax.lines[-n].get_marker()) for n in range(1, 12)}
    assert len(looks) == 11


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_three_side_by_side_do_not_hide_each_other(layout):
    figure, row = plt.subplots(1, 3, figsize=(18, 5), layout=layout)
    for name, ax in zip(("beale", "himmelblau", "saddle"), row, strict=True):
        assert plot_optimizers(ax, 30, TRIO, surface=name) is ax
    figure.canvas.draw()
    for ax in row:
        legend = ax.get_legend().get_window_extent()
        assert legend.x1 <= figure.bbox.x1 + 1
        for other in row:
            assert not legend.overlaps(other.bbox)


def test_an_optimizer_that_diverges_is_named_with_its_step():
    path = quietly("sgd", steps=50, surface="rosenbrock")
    step = int(np.flatnonzero(~np.isfinite(path).all(axis=1))[0])
    assert 1 < step < 50
    ax = plot_optimizers(None, 50, ["sgd", "adam"], surface="rosenbrock")
    label = f"sgd (diverges at step {step})"
    assert names(ax) == ["minimum", "start", label, "adam"]
    ax.figure.canvas.draw()
    assert len(tails_and_tips(quivers(ax)[0])[0]) == step - 1
    np.testing.assert_array_equal(np.ravel(line(ax, label).get_data()), path[step - 1])
    assert len(tails_and_tips(quivers(ax)[1])[0]) == 50


def test_a_number_of_steps_before_it_diverges_is_no_divergence():
    assert names(plot_optimizers(None, 2, "sgd", surface="rosenbrock"))[-1] == "sgd"


def test_given_axes_are_drawn_in_and_settings_left_alone():
    figure, (left, right) = plt.subplots(1, 2)
    before = dict(mpl.rcParams)
    assert plot_optimizers(right, 3, "sgd") is right
    assert plot_descent_loss("sgd", steps=3, ax=left) is left
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == [figure.number]
    assert len(quivers(right)) == 1 and not quivers(left)


def test_an_update_moves_what_is_there_already():
    display = DescentDisplay(TRIO, steps=40)
    artists = list(display.ax.get_children())
    for iterations in (0, 12, 40, 1):
        assert display.update(iterations) is display.ax
        for name in TRIO:
            path = optimizers.descend(name, "beale", steps=40)[: iterations + 1]
            assert_path(display.ax, display.arrows[name], name, path)
            assert display.ends[name] is line(display.ax, name)
        display.ax.figure.canvas.draw()
    assert list(display.ax.get_children()) == artists
    assert display.ax.get_title() == "1 step"
    assert list(display.paths) == TRIO and display.paths["adam"].shape == (41, 2)


@pytest.mark.parametrize("iterations", [-1, 41, 2.5, True])
def test_an_update_shows_at_most_what_was_computed(iterations):
    display = DescentDisplay("adam", steps=40)
    rule = rf"steps must be a whole number from 0 to 40\. Got {iterations} instead"
    with pytest.raises(ValueError, match=rule):
        display.update(iterations)


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        ((5, "adam"), {"surface": "beal"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'beal'"),
        ((5, "adm"), {}, rf"{', '.join(optimizers.opt_names)}.*\. Got 'adm'"),
        ((5, ["adam", "adm"]), {}, r"optimizer must be one of .*\. Got 'adm'"),
        ((5, {"a": 3}), {}, r"optimizer must be a name, .*\. Got 3 instead"),
        ((0, "adam"), {}, r"must be a whole number of at least 1\. Got 0"),
        ((2.5, "adam"), {}, r"must be a whole number of at least 1\. Got 2\.5"),
        ((5, "adam"), {"start": (1, 2, 3)}, r"start must be two finite numbers, x and y\. Got"),
        ((5, "adam"), {"start": (1, np.nan)}, r"start must be two finite numbers, x and y\. Got"),
        ((5, "adam"), {"start": "ab"}, r"start must be two finite numbers, x and y\. Got 'ab'"),
        ((5, "adam"), {"noise": -1}, r"noise must be a number, at least 0\. Got -1"),
        ((5, []), {}, r"number of optimizers must be a whole number of at least 1\. Got 0"),
        ((5, {}), {}, r"number of optimizers must be a whole number of at least 1\. Got 0"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_drawn(args, settings, message):
    steps, optimizers_ = args
    with pytest.raises(ValueError, match=message):
        plot_optimizers(None, steps, optimizers_, **settings)
    with pytest.raises(ValueError, match=message):
        plot_descent_loss(optimizers_, steps=steps, **settings)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_the_loss_is_the_height_above_the_minimum_after_each_step(name):
    surface = surfaces.find(name)
    three = ["sgd_decay", "adagrad", "adam"] if name == "beale" else ["adagrad", "rmsprop", "adam"]
    ax = plot_descent_loss(three, steps=60, surface=name)
    assert ax.get_yscale() == "log"
    labels = {optimizer: optimizer.replace("sgd_decay", "sgd with decay") for optimizer in three}
    assert set(names(ax)) == set(labels.values())  # in the order of their last losses
    for optimizer in three:
        steps, losses = line(ax, labels[optimizer]).get_data()
        path = optimizers.descend(optimizer, name, steps=60).astype(float)
        expected = surface.height(*path.T) - min(surface.height(*m) for m in surface.minima)
        np.testing.assert_array_equal(steps, np.arange(61))
        known = np.isfinite(losses)
        assert known[:20].all()
        np.testing.assert_allclose(losses[known], expected[known], rtol=1e-3, atol=1e-6)
        assert (expected[~known] < 1e-6).all()


def test_the_loss_ends_where_the_descent_diverges():
    ax = plot_descent_loss(["sgd", "adam"], steps=50, surface="rosenbrock")
    lost = ~np.isfinite(quietly("sgd", steps=50, surface="rosenbrock")).all(axis=1)
    (label,) = [name for name in names(ax) if name.startswith("sgd")]
    assert label == f"sgd (diverges at step {lost.argmax()})"
    losses = line(ax, label).get_ydata()
    assert np.isnan(losses[lost]).all() and np.isfinite(losses[:2]).all()
    assert np.nanmax(losses) < 1000 * losses[0]  # higher losses would dominate the scale
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.x0 >= ax.bbox.x1 and legend.x1 <= ax.figure.bbox.x1


def test_a_comparison_has_the_paths_and_beside_them_the_losses():
    figure = plot_optimizer_comparison(["sgd", "adam"], steps=30, surface="ravine")
    left, right = figure.axes
    assert left.get_legend() is None and names(right) == ["sgd", "adam"]
    ends = [line(left, name).get_color() for name in names(right)]
    assert [curve.get_color() for curve in right.lines] == ends
    surface = surfaces.find("ravine")
    for curve in right.lines:
        loss = surface.f(*optimizers.descend(curve.get_label(), surface, steps=30).T)
        np.testing.assert_allclose(curve.get_ydata(), loss, rtol=1e-6)


def test_a_descent_that_starts_in_the_minimum_has_its_losses():
    for height in (0.0, 1e-5):
        curve = plot_descent_loss("sgd", steps=100, surface="noisy_bowl", start=(height, 0)).lines[
            0
        ]
        path = optimizers.descend("sgd", "noisy_bowl", start=(height, 0), steps=100)
        expected = surfaces.find("noisy_bowl").f(*path.T)
        assert expected[1:].min() > 1e-12
        np.testing.assert_allclose(curve.get_ydata()[1:], expected[1:])


def test_a_comparison_in_a_figure_without_a_layout_keeps_no_room_for_a_legend_on_the_left():
    figure = plt.figure()
    before = figure.add_subplot(1, 2, 1).get_position()
    figure.clear()
    left, _ = plot_optimizer_comparison("adam", steps=5, fig=figure).axes
    np.testing.assert_allclose(left.get_position().bounds, before.bounds)


def test_a_loss_that_runs_away_leaves_the_scale_to_the_others():
    rates = {"slow": optimizers.sgd(0.01), "wild": optimizers.sgd(0.1)}
    ax = plot_descent_loss(rates, steps=100)
    ax.figure.canvas.draw()
    start = float(surfaces.find("beale").f(0.8, 1.6))
    assert ax.get_ylim()[1] < 1e4 * start
    assert [curve.get_label() for curve in ax.lines] == ["slow", "wild (diverges at step 4)"]


def test_drawing_again_in_the_same_axes_takes_no_more_room():
    _, ax = plt.subplots()
    widths = []
    for iterations in (10, 20, 30):
        ax.clear()
        plot_optimizers(ax, iterations, "adam")
        widths.append(ax.get_position().width)
    assert np.ptp(widths) < 0.01 < widths[0]


def test_more_than_four_optimizers_have_an_axes_each_with_the_others_in_gray():
    names_ = ["sgd", "momentum", "adam", "rmsprop_mom", "sgd_decay"]
    figure = plot_optimizer_comparison(names_, steps=20)
    assert len(figure.axes) == 5
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["sgd", "momentum", "adam", "rmsprop with momentum", "sgd with decay"]
    for ax, name in zip(figure.axes, names_, strict=True):
        (others,) = [lines for lines in ax.collections if type(lines) is LineCollection]
        paths = [optimizers.descend(other, "beale", steps=20) for other in names_ if other != name]
        for segment, path in zip(others.get_segments(), paths, strict=True):
            np.testing.assert_allclose(segment, path, rtol=1e-6)


def test_the_legend_of_losses_has_the_order_of_the_ends_of_their_lines():
    ax = plot_descent_loss(["adam", "sgd", "momentum"], steps=60)
    last = {curve.get_label(): curve.get_ydata()[-1] for curve in ax.lines}
    assert names(ax) == sorted(last, key=last.get, reverse=True)


def test_more_than_six_paths_have_labels_at_their_ends_that_do_not_overlap():
    ax = plot_optimizers(None, 30, COURSE)
    labels = [text for text in ax.texts if text.get_text()]
    ax.figure.draw_without_rendering()
    names = {text.get_text().strip() for text in labels}
    assert ax.get_legend() is None and names >= {"adam", "sgd with decay", "start", "minimum"}
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
    assert all(box.y1 < upper.y0 + 2 for box, upper in itertools.pairwise(boxes))
    assert all(box.x0 > ax.bbox.x1 for box in boxes)


def test_six_losses_have_a_legend():
    assert plot_descent_loss(list(COURSE)[:6], steps=5).get_legend() is not None
    assert plot_descent_loss(list(COURSE)[:7], steps=5).get_legend() is None


def test_spread_positions_are_the_nearest_that_are_a_gap_apart():
    rng = np.random.default_rng(0)
    positions = rng.random(6)
    result = spread(positions, 0.1, 0, 1)
    order = np.argsort(positions)
    assert np.diff(result[order]).min() > 0.1 - 1e-9 and result.min() >= 0 and result.max() <= 1
    constraints = {"type": "ineq", "fun": lambda x: np.diff(x[order]) - 0.1}
    expected = minimize(
        lambda x: ((x - positions) ** 2).sum(),
        np.linspace(0, 1, 6)[np.argsort(order)],
        bounds=[(0, 1)] * 6,
        constraints=constraints,
        tol=1e-12,
    )
    np.testing.assert_allclose(result, expected.x, atol=1e-4)
