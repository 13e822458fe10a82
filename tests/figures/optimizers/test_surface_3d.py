import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from mpl_toolkits.mplot3d import Axes3D

from mlcourse import optimizers, plot_surface
from mlcourse.optimizers import surfaces
from tests.conftest import few

STEEP = ("beale", "himmelblau", "rosenbrock")


def height(name, x, y):
    surface = surfaces.find(name)
    f = surface.height(np.asarray(x, float), np.asarray(y, float))
    return np.log10(1 + f - surface.height(*surface.minima[0])) if name in STEEP else f


def line(ax, label):
    (found,) = [line for line in ax.lines if line.get_label() == label]
    return np.array(found.get_data_3d(), float)


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_the_surface_is_its_height_or_the_logarithm_of_it(name, monkeypatch):
    surface, draw, drawn = surfaces.find(name), Axes3D.plot_surface, []

    def spy(self, *mesh, **settings):
        drawn.append(mesh)
        return draw(self, *mesh, **settings)

    monkeypatch.setattr(Axes3D, "plot_surface", spy)
    ax = plot_surface(name)
    assert ax.name == "3d"
    ((x, y, z),) = drawn
    np.testing.assert_allclose(z, height(name, x, y), atol=1e-9)
    assert z.min() >= height(name, *surface.minima[0]) - 1e-9
    limits = (x.min(), x.max(), y.min(), y.max())
    np.testing.assert_allclose(limits, surface.frame)
    assert ax.get_zlabel() == (r"$\log_{10}(1 + f)$" if name in STEEP else "f")
    (stars,) = [line for line in ax.lines if line.get_marker() == "*"]
    places = np.transpose(stars.get_data_3d())
    np.testing.assert_allclose(places[:, :2], surface.minima)
    np.testing.assert_allclose(places[:, 2], height(name, *places[:, :2].T), atol=1e-9)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("x", "y", None)


@pytest.mark.parametrize("name", few(surfaces.SURFACES))
def test_paths_lie_on_the_surface(name):
    ax = plot_surface(name, optimizers=["adagrad", "adam"], steps=30)
    for label in ("adagrad", "adam"):
        x, y, z = line(ax, label)
        expected = optimizers.descend(label, name, steps=30)
        np.testing.assert_array_equal(np.column_stack([x, y]), expected)
        np.testing.assert_allclose(z, height(name, x, y), rtol=1e-4, atol=1e-5)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["adagrad", "adam"]


def test_a_name_and_a_mapping_are_optimizers_too():
    expected = optimizers.descend("adam", "saddle", steps=10)
    for given, label in (("adam", "adam"), ({"mine": "adam"}, "mine")):
        ax = plot_surface("saddle", optimizers=given, steps=10)
        np.testing.assert_array_equal(line(ax, label)[:2].T, expected)


def test_a_path_ends_where_it_leaves_the_frame_and_is_named():
    ax = plot_surface("rosenbrock", optimizers="sgd", steps=50)
    (path,) = [line for line in ax.lines if "diverges at step" in str(line.get_label())]
    x, y, _ = path.get_data_3d()
    left, right, bottom, top = surfaces.find("rosenbrock").frame
    assert np.all((left <= x) & (x <= right) & (bottom <= y) & (y <= top)) and 0 < len(x) < 51
    ax.figure.canvas.draw()


def test_one_optimizer_may_be_an_object():
    ax = plot_surface("saddle", optimizers=optimizers.adam(0.1))
    assert "adam(0.1)" in {line.get_label() for line in ax.lines}


def test_flat_axes_are_refused():
    with pytest.raises(ValueError, match="ax must be a 3-D Axes or None"):
        plot_surface("saddle", ax=plt.subplots()[1])


def test_given_axes_are_drawn_in_and_settings_left_alone():
    before = dict(mpl.rcParams)
    figure = plt.figure()
    left, right = (figure.add_subplot(1, 2, n, projection="3d") for n in (1, 2))
    assert plot_surface("saddle", ax=right) is right
    assert not left.lines and right.lines
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        (("sadle",), {}, rf"{', '.join(surfaces.SURFACES)}\. Got 'sadle'"),
        (("saddle",), {"optimizers": "adm"}, r"optimizer must be one of sgd, .*\. Got 'adm'"),
        (("saddle",), {"optimizers": ["adm"]}, r"optimizer must be one of sgd, .*\. Got 'adm'"),
        (
            ("saddle",),
            {"optimizers": "adam", "steps": 0},
            r"steps must be a whole number of at least 1\. Got 0",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_drawn(args, settings, message):
    with pytest.raises(ValueError, match=message):
        plot_surface(*args, **settings)
    assert plt.get_fignums() == []
