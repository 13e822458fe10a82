import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import optimizers
from mlcourse.figures import plot_gradient_noise
from mlcourse.optimizers import surfaces

PAIR = ["sgd", "momentum"]


def parts(figure):
    """The clouds by title, and the curves by label."""
    above = [axes for axes in figure.axes if axes.get_yscale() == "linear"]
    (below,) = [axes for axes in figure.axes if axes.get_yscale() == "log"]
    clouds = {}
    for axes in above:
        (cloud,) = [line for line in axes.lines if line.get_marker() != "*"]
        clouds[axes.get_title()] = np.transpose(cloud.get_data())
    return clouds, {line.get_label(): line.get_data() for line in below.lines}


@pytest.mark.parametrize("name", ["noisy_bowl", "saddle"])
def test_the_cloud_is_the_last_place_of_each_run_and_the_curve_their_mean(name):
    surface = surfaces.find(name)
    where = {"n_runs": 25, "noise": 0.3, "seed": 4}
    clouds, curves = parts(plot_gradient_noise(PAIR, steps=40, surface=name, **where))
    assert list(clouds) == list(curves) == PAIR
    for optimizer in PAIR:
        paths = optimizers.noisy_paths(optimizer, name, steps=40, **where)
        np.testing.assert_array_equal(clouds[optimizer], paths[-1])
        heights = [
            np.mean([surface.height(*map(float, place)) for place in places]) for places in paths
        ]
        lowest = surface.height(*surface.minima[0])
        steps, losses = curves[optimizer]
        np.testing.assert_array_equal(steps, np.arange(41))
        np.testing.assert_allclose(losses, np.array(heights) - lowest, rtol=1e-4, atol=1e-6)


def test_the_noise_is_the_surface_s_own_by_default():
    own, none = (
        parts(plot_gradient_noise("sgd", steps=30, n_runs=20, **noise))[0]["sgd"]
        for noise in ({}, {"noise": 0})
    )
    assert np.std(own, axis=0).min() > 0.01
    assert len(np.unique(none, axis=0)) == 1
    expected = optimizers.descend("sgd", "noisy_bowl", steps=30, noise=0)[-1]
    np.testing.assert_allclose(none[0], expected)


def test_one_optimizer_beside_another_has_the_same_frame():
    figure = plot_gradient_noise(PAIR, steps=20, n_runs=5)
    frame = surfaces.find("noisy_bowl").frame
    above = [axes for axes in figure.axes if axes.get_title() in PAIR]
    assert [(*axes.get_xlim(), *axes.get_ylim()) for axes in above] == [frame] * 2


@pytest.mark.parametrize("chosen", [["sgd"], PAIR, ["sgd", "momentum", "adam"]])
def test_nothing_is_outside_the_figure_or_below_the_legend(chosen):
    figure = plot_gradient_noise(chosen, steps=20, n_runs=5)
    figure.canvas.draw()
    (legend,) = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == chosen
    box = legend.get_window_extent()
    assert box.x1 <= figure.bbox.x1
    assert not any(box.overlaps(axes.bbox) for axes in figure.axes)
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
        assert not any(axes.bbox.overlaps(o.bbox) for o in figure.axes if o is not axes)


def test_a_given_figure_is_drawn_in_and_settings_left_alone():
    before = dict(mpl.rcParams)
    figure = plt.figure(figsize=(9, 3))
    assert plot_gradient_noise("sgd", steps=5, n_runs=2, fig=figure) is figure
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        (("adm",), {}, r"optimizer must be one of sgd, .*\. Got 'adm'"),
        (("sgd",), {"surface": "bowl"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'bowl'"),
        (("sgd",), {"steps": 0}, r"steps must be a whole number of at least 1\. Got 0"),
        (("sgd",), {"n_runs": 0}, r"n_runs must be a whole number of at least 1\. Got 0"),
        (("sgd",), {"noise": -0.5}, r"noise must be a number, at least 0\. Got -0\.5"),
        (([],), {}, r"number of optimizers must be a whole number of at least 1\. Got 0"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_drawn(args, settings, message):
    with pytest.raises(ValueError, match=message):
        plot_gradient_noise(*args, **settings)
    assert plt.get_fignums() == []
