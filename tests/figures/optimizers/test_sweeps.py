import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb

from mlcourse import optimizers, plot_basins
from mlcourse.figures import plot_convergence_map
from mlcourse.optimizers import surfaces


def descend(name, start, rate, steps, kept=0.0):
    """One descent with momentum, on its own: its places, or None if it is lost."""
    surface, place, update = surfaces.find(name), np.array(start, float), np.zeros(2)
    places = [place]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            update = kept * update - rate * np.array(surface.slope(*place))
            place = place + update
            places.append(place)
    places = np.array(places)
    left, right, bottom, top = surface.frame
    far = 10 * np.hypot(right - left, top - bottom)
    nearest = min(np.linalg.norm(places[-1] - minimum) for minimum in surface.minima)
    return places if nearest < far else None


def arrival(name, places):
    """From which step on a descent is near a minimum, and which; None if it is not."""
    minima = np.array(surfaces.find(name).minima)
    away = np.linalg.norm(places[:, None] - minima, axis=-1)
    near = away.min(axis=1) < 0.1
    if not near[-1]:
        return None, None
    far = np.flatnonzero(~near)
    return (far[-1] + 1 if len(far) else 0), int(away[-1].argmin())


def explained(ax):
    """Return the colors of unconverged and diverged cells, by legend label."""
    legend = ax.get_legend()
    if legend is None:
        return {}
    texts = [
        re.sub(r"not within \d+ steps", "not in time", text.get_text())
        for text in legend.get_texts()
    ]
    colors = [patch.get_facecolor()[:3] for patch in legend.get_patches()]
    return dict(zip(texts, colors, strict=True))


def mesh_of(ax):
    (mesh,) = [artist for artist in ax.collections if isinstance(artist, QuadMesh)]
    mesh.update_scalarmappable()
    values = np.ma.getdata(mesh.get_array())
    return mesh, values, mesh.get_facecolor()[:, :3].reshape(*values.shape, 3)


@pytest.mark.parametrize(
    ("name", "optimizer", "kept", "limits"),
    [
        ("ravine", "sgd", 0.0, (0.01, 1.0)),
        ("beale", "momentum", 0.9, (1e-4, 1.0)),
        ("himmelblau", "sgd", 0.0, (1e-4, 0.1)),
    ],
)
def test_each_cell_is_a_descent_of_its_own(name, optimizer, kept, limits):
    surface, resolution, steps = surfaces.find(name), 7, 80
    ax = plot_convergence_map(
        optimizer, name, learning_rates=limits, steps=steps, resolution=resolution
    )
    mesh, values, colors = mesh_of(ax)
    assert values.shape == (resolution, resolution)
    rates = np.geomspace(*limits, resolution)
    starts = np.linspace(*surface.frame[:2], resolution)
    kinds = set()
    for row, rate in enumerate(rates):
        for column, x in enumerate(starts):
            color = colors[row, column]
            places = descend(name, np.float32((x, surface.start[1])), rate, steps, kept)
            if places is None:
                np.testing.assert_allclose(color, explained(ax)["diverges"])
                kinds.add("diverges")
                continue
            needed, _ = arrival(name, places)
            if needed is None:
                np.testing.assert_allclose(color, explained(ax)["not in time"])
                kinds.add("not in time")
            else:
                assert values[row, column] == needed
                np.testing.assert_allclose(color, mesh.cmap(needed / steps)[:3])
                kinds.add("arrives")
    assert kinds == {"arrives", "not in time", "diverges"}


def test_the_cells_are_where_their_rate_and_start_are():
    ax = plot_convergence_map("sgd", "ravine", learning_rates=(0.01, 1), resolution=5, steps=20)
    mesh, *_ = mesh_of(ax)
    corners = mesh.get_coordinates()
    x, rates = np.linspace(-9.5, 2.5, 5), np.geomspace(0.01, 1, 5)
    for number in range(5):
        assert corners[0, number, 0] < x[number] < corners[0, number + 1, 0]
        assert corners[number, 0, 1] < rates[number] < corners[number + 1, 0, 1]
    assert ax.get_yscale() == "log"


def test_axes_and_colors_are_explained():
    ax = plot_convergence_map("sgd", "ravine", y=-0.5, resolution=3, steps=50)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x of the start (y = -0.5)", "learning rate")
    bar = mesh_of(ax)[0].colorbar
    assert bar.ax.get_ylabel() == "steps to the minimum"
    assert (bar.vmin, bar.vmax) == (0, 50)
    default = plot_convergence_map("sgd", "ravine", resolution=3, steps=5)
    assert default.get_xlabel() == "x of the start (y = 1.5)"


@pytest.mark.parametrize(
    ("limits", "kinds"),
    [
        ((0.3, 0.4), set()),
        ((0.01, 0.4), {"not in time"}),
        ((0.4, 1.6), {"diverges"}),
        ((0.001, 0.8), {"not in time", "diverges"}),
    ],
)
def test_colors_are_explained_where_they_are_there(limits, kinds):
    ax = plot_convergence_map("sgd", "ravine", learning_rates=limits, resolution=4, steps=200)
    assert set(explained(ax)) == kinds
    colors = {tuple(color) for row in mesh_of(ax)[2] for color in row}
    assert {explained(ax)[kind] for kind in kinds} <= colors


def test_the_explanation_says_how_many_steps_there_were():
    ax = plot_convergence_map("sgd", "ravine", resolution=3, steps=17)
    assert "17 steps" in ax.get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize("plot", [plot_convergence_map, plot_basins])
def test_the_explanation_hides_nothing(plot):
    ax = plot(optimizers.sgd(0.6), "ravine", resolution=3, steps=60)
    figure = ax.figure
    figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
    assert not box.overlaps(ax.bbox)
    assert not box.overlaps(ax.xaxis.label.get_window_extent())


def test_y_is_that_of_the_starts():
    ax = plot_convergence_map(
        "sgd", "ravine", y=-0.5, learning_rates=(0.1, 0.4), resolution=3, steps=200
    )
    values = mesh_of(ax)[1]
    assert values[2, 0] == arrival("ravine", descend("ravine", (-9.5, -0.5), 0.4, 200))[0]


@pytest.mark.parametrize("name", ["himmelblau", "saddle"])
def test_each_start_has_the_color_of_its_minimum_the_paler_the_later(name):
    resolution, steps, rate = 9, 120, 0.01 if name == "himmelblau" else 0.1
    ax = plot_basins(optimizers.sgd(rate), name, steps=steps, resolution=resolution)
    (image,) = ax.images
    picture = np.asarray(image.get_array())
    surface = surfaces.find(name)
    left, right, bottom, top = surface.frame
    wide, high = (right - left) / (resolution - 1) / 2, (top - bottom) / (resolution - 1) / 2
    around = left - wide, right + wide, bottom - high, top + high  # a start is a cell's centre
    assert image.origin == "lower"
    np.testing.assert_allclose(image.get_extent(), around)
    assert (*ax.get_xlim(), *ax.get_ylim()) == surface.frame
    places = np.array([np.ravel(line.get_data()) for line in ax.lines])
    np.testing.assert_allclose(places, surface.minima)
    stars = [np.array(to_rgb(line.get_color())) for line in ax.lines]
    assert len({tuple(star) for star in stars}) == len(stars)

    left, right, bottom, top = surface.frame
    ends = {number: [] for number in range(len(stars))}
    for row, y in enumerate(np.linspace(bottom, top, resolution)):
        for column, x in enumerate(np.linspace(left, right, resolution)):
            needed, minimum = arrival(name, descend(name, np.float32((x, y)), rate, steps))
            if minimum is None:
                np.testing.assert_allclose(picture[row, column], explained(ax)["not in time"])
            else:
                ends[minimum].append((needed, picture[row, column]))
    assert all(ends.values())
    for number, found in ends.items():
        shares = []
        for _, color in sorted(found, key=lambda pair: pair[0]):
            share = (1 - color).max() / (1 - stars[number]).max()
            np.testing.assert_allclose(1 - color, share * (1 - stars[number]), atol=1e-9)
            assert 0 < share <= 1
            shares.append(share)
        assert shares == sorted(shares, reverse=True)
        assert shares[0] > shares[-1]


def test_where_few_arrive_their_shades_tell_the_quick_from_the_slow():
    ax = plot_basins(optimizers.sgd(0.01), "beale", steps=10, resolution=41)
    picture, others = np.asarray(ax.images[0].get_array()), list(explained(ax).values())
    arrived = np.all([np.abs(picture - other).max(axis=-1) > 1e-9 for other in others], axis=0)
    assert len(others) == 2 and 10 < arrived.sum() < 0.02 * arrived.size
    star = np.array(to_rgb(ax.lines[0].get_color()))
    shares = (1 - picture[arrived]).max(axis=-1) / (1 - star).max()
    assert shares.max() == pytest.approx(1) and shares.min() == pytest.approx(0.6)
    assert len(np.unique(shares.round(6))) > 5


def test_starts_that_diverge_have_their_color():
    ax = plot_basins(optimizers.sgd(0.6), "ravine", resolution=3, steps=60)
    picture = np.asarray(ax.images[0].get_array())
    diverges = explained(ax)["diverges"]
    for row, column in ((0, 0), (0, 1), (2, 2)):  # those not in the middle of the ravine
        np.testing.assert_allclose(picture[row, column], diverges)
    assert not np.allclose(picture[1, 0], diverges)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x of the start", "y of the start")


def test_a_schedule_has_basins():
    assert plot_basins("sgd_cyclic", "beale", resolution=3, steps=20).images


@pytest.mark.parametrize(
    "plot",
    [
        lambda ax=None: plot_convergence_map("adam", "saddle", resolution=3, steps=9, ax=ax),
        lambda ax=None: plot_basins("adam", "saddle", resolution=3, steps=9, ax=ax),
    ],
    ids=["rates", "basins"],
)
def test_given_axes_are_drawn_in_and_nothing_is_outside_the_figure(plot):
    before = dict(mpl.rcParams)
    figure, axes = plt.subplots(1, 2)
    assert plot(axes[1]) is axes[1]
    assert not axes[0].images and not axes[0].collections
    assert plt.get_fignums() == [figure.number]
    new = plot().figure
    new.canvas.draw()
    for axes in new.axes:
        box = axes.get_tightbbox()
        assert new.bbox.x0 <= box.x0 and box.x1 <= new.bbox.x1
        assert new.bbox.y0 <= box.y0 and box.y1 <= new.bbox.y1
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resolution": 1}, r"resolution must be a whole number of at least 2\. Got 1"),
        ({"steps": 0}, r"steps must be a whole number of at least 1\. Got 0"),
        ({"surface": "bowl"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'bowl'"),
        ({"optimizer": "adm"}, r"optimizer must be one of sgd, .*\. Got 'adm'"),
    ],
)
@pytest.mark.parametrize("plot", [plot_convergence_map, plot_basins])
def test_what_cannot_be_is_refused_and_nothing_drawn(plot, settings, message):
    with pytest.raises(ValueError, match=message):
        plot(**{"surface": "beale", "optimizer": "adam", "resolution": 3, "steps": 5, **settings})
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("optimizer", "settings", "message"),
    [
        ("sgd", {"learning_rates": (1, 0.1)}, r"must be low and high\. Got 1 and 0\.1 instead"),
        ("sgd", {"learning_rates": (1, 1)}, r"must be low and high\. Got 1 and 1 instead"),
        ("sgd", {"learning_rates": (0, 1)}, r"learning_rates must be positive\. Got 0 instead"),
        ("sgd", {"learning_rates": (-1, 1)}, r"learning_rates must be positive\. Got -1 instead"),
        ("sgd", {"y": np.inf}, r"y must be a number, finite\. Got inf"),
        ("sgd_cyclic", {}, r"not a schedule\. Got sgd\(cyclical\) instead"),
    ],
)
def test_rates_are_low_high_and_positive_in_place_of_a_number(optimizer, settings, message):
    with pytest.raises(ValueError, match=message):
        plot_convergence_map(optimizer, "beale", resolution=3, steps=5, **settings)
    assert plt.get_fignums() == []
