import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from mlcourse.optimizers.surfaces import SURFACES, Surface, find

NAMES = list(SURFACES)
shares = st.floats(0, 1)


def mesh(surface, count):
    left, right, bottom, top = surface.frame
    return np.meshgrid(np.linspace(left, right, count), np.linspace(bottom, top, count))


def differences(surface, x, y):
    """The central differences, exact for a quadratic, else with an error of the step squared."""
    step = 1e-5
    by_x = surface.f(x + step, y) - surface.f(x - step, y)
    by_y = surface.f(x, y + step) - surface.f(x, y - step)
    return np.stack([by_x, by_y]) / (2 * step)


def test_the_surfaces_are_all_there():
    assert NAMES == ["beale", "himmelblau", "rosenbrock", "saddle", "ravine", "noisy_bowl"]
    assert [surface.name for surface in SURFACES.values()] == NAMES


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(across=shares, up=shares)
def test_a_gradient_is_the_central_difference(name, across, up):
    surface = find(name)
    left, right, bottom, top = surface.frame
    x, y = left + across * (right - left), bottom + up * (top - bottom)
    expected = differences(surface, x, y)
    error = np.linalg.norm(surface.gradient(x, y) - expected)
    assert error < 1e-6 * max(1, np.linalg.norm(expected))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_over_a_mesh_are_the_central_differences(name):
    surface = find(name)
    x, y = mesh(surface, 37)
    expected = differences(surface, x, y)
    errors = np.linalg.norm(surface.gradient(x, y) - expected, axis=0)
    assert np.all(errors < 1e-6 * np.maximum(1, np.linalg.norm(expected, axis=0)))


@pytest.mark.parametrize("name", NAMES)
def test_each_point_of_a_mesh_is_as_if_alone(name):
    surface = find(name)
    x, y = mesh(surface, 5)
    heights, slopes = surface.f(x[:4], y[:4]), surface.gradient(x[:4], y[:4])
    assert (heights.shape, slopes.shape) == ((4, 5), (2, 4, 5))
    for row, column in np.ndindex(4, 5):
        point = x[row, column], y[row, column]
        assert heights[row, column] == pytest.approx(float(surface.f(*point)), rel=1e-12)
        np.testing.assert_allclose(slopes[:, row, column], surface.gradient(*point), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_and_a_column_make_a_mesh(name):
    surface = find(name)
    x, y = mesh(surface, 6)
    row, column = x[:1], y[:3, :1]
    np.testing.assert_array_equal(surface.f(row, column), surface.f(x[:3], y[:3]))
    np.testing.assert_array_equal(surface.gradient(row, column), surface.gradient(x[:3], y[:3]))
    np.testing.assert_array_equal(surface.gradient(0.5, column), surface.gradient(0.5, y[:3, :1]))
    assert surface.gradient(0.5, column).shape == (2, 3, 1)


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_and_lists_are_taken_as_floats(name):
    surface = find(name)
    x, y = np.array([-1.0, 0.0, 2.0]), np.array([1.0, -2.0, 1.0])
    for same in (
        ([-1, 0, 2], [1, -2, 1]),
        ((-1, 0, 2), (1, -2, 1)),
        (x.astype(int), y.astype(int)),
    ):
        heights, slopes = surface.f(*same), surface.gradient(*same)
        assert heights.dtype == slopes.dtype == np.float64
        np.testing.assert_array_equal(heights, surface.f(x, y))
        np.testing.assert_array_equal(slopes, surface.gradient(x, y))
    assert surface.f(2, -1) == surface.f(2.0, -1.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_0_at_the_minima_which_are_equally_low(name):
    surface = find(name)
    x, y = np.transpose(surface.minima)
    np.testing.assert_allclose(surface.gradient(x, y), 0, atol=1e-10)
    np.testing.assert_allclose(surface.f(x, y), surface.lowest, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_the_frame_is_lower_than_the_minima(name):
    surface = find(name)
    heights = surface.f(*mesh(surface, 401))
    assert heights.min() >= surface.lowest - 1e-12
    assert heights.max() > surface.lowest + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_search_from_anywhere_finds_the_minima_that_are_listed(name):
    surface = find(name)
    found = set()
    for start in np.transpose([axis.ravel() for axis in mesh(surface, 6)]):
        end = optimize.minimize(lambda p: float(surface.f(*p)), start, tol=1e-12)
        distances = np.linalg.norm(np.array(surface.minima) - end.x, axis=1)
        if end.fun < surface.lowest + 1e-6:  # Beale's plain goes down for ever elsewhere
            assert distances.min() < 1e-2
            found.add(int(distances.argmin()))
    assert found == set(range(len(surface.minima)))


@pytest.mark.parametrize("name", NAMES)
def test_the_start_and_the_minima_are_inside_the_frame(name):
    surface = find(name)
    left, right, bottom, top = surface.frame
    for x, y in (surface.start, *surface.minima):
        assert left < x < right and bottom < y < top
    assert surface.f(*surface.start) > surface.lowest + 0.1


@pytest.mark.parametrize(
    ("x", "y", "height"),
    [
        (0, 0, 1.5**2 + 2.25**2 + 2.625**2),
        (3, 0.5, 0),
        (1, 1, 1.5**2 + 2.25**2 + 2.625**2),
        (1, 0, 0.5**2 + 1.25**2 + 1.625**2),
        (2, -1, 2.5**2 + 2.25**2 + 1.375**2),  # 1.5 - 4, 2.25 - 0, 2.625 - 4
        (-1, 2, 0.5**2 + 0.75**2 + 4.375**2),  # 1.5 - 1, 2.25 - 3, 2.625 - 7
    ],
)
def test_beale_is_beale_s_formula(x, y, height):
    assert find("beale").f(x, y) == pytest.approx(height, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "y", "height"),
    [
        ("himmelblau", 0, 0, 170),  # 121 + 49
        ("himmelblau", 1, 2, 68),  # (-8)^2 + (-2)^2
        ("rosenbrock", -1, 3, 404),  # 4 + 100 * 4
        ("rosenbrock", 0, 0, 1),
        ("saddle", 2, 2, 4),  # 2 - 2 + 4
        ("saddle", 0, 0, 0),
        ("saddle", 0, -1, -0.25),
        ("ravine", 2, 1, 2.2),
        ("noisy_bowl", 2, 3, 11),
    ],
)
def test_heights_are_those_computed_by_hand(name, x, y, height):
    assert find(name).f(x, y) == pytest.approx(height, abs=1e-12)


def test_the_saddle_is_between_its_minima():
    saddle = find("saddle")
    np.testing.assert_array_equal(saddle.gradient(0, 0), [0, 0])
    assert saddle.f(0.1, 0) > saddle.f(0, 0) > saddle.f(0, 0.1)
    assert [saddle.f(*point) for point in saddle.minima] == [saddle.lowest] * 2 == [-0.25] * 2


def test_the_ravine_is_40_times_as_steep_across_as_along():
    along, across = find("ravine").gradient(1, 1)
    assert across / along == pytest.approx(40)


def test_the_noisy_bowl_alone_has_noise_which_is_not_in_its_gradient():
    assert {name for name in NAMES if find(name).noise} == {"noisy_bowl"}
    np.testing.assert_array_equal(find("noisy_bowl").gradient(-2, 3), [-2, 6])


def test_a_surface_is_found_by_its_name_or_is_what_it_is():
    own = Surface("own", np.hypot, lambda x, y: (x, y), ((0, 0),), (-1, 1, -1, 1), (1, 1), "")
    assert find("ravine") is SURFACES["ravine"]
    assert find(own) is own


@pytest.mark.parametrize("name", ["Beale", "", None, 3, ["beale"]])
def test_an_unknown_surface_lists_the_known_ones(name):
    with pytest.raises(ValueError) as error:
        find(name)
    expected = f"surface must be one of {', '.join(NAMES)}. Got {name!r} instead."
    assert str(error.value).removesuffix(" Did you mean 'beale'?") == expected


def test_large_whole_numbers_do_not_overflow():
    assert find("saddle").f(0, np.int8(4)) == 56
    assert find("beale").f(1, 3_000_000) == pytest.approx(find("beale").f(1.0, 3e6))


def own(**changed):
    settings = {"minima": ((0, 0),), "frame": (-1, 1, -1, 1), "start": (1, 1), "formula": ""}
    shape = {"height": np.hypot, "slope": lambda x, y: (x, y)}
    return Surface("own", **(shape | settings | changed))


def test_lists_and_arrays_will_do_for_a_surface_of_one_s_own():
    surface = own(minima=[(0, 0)], frame=np.array([-1, 1, -1, 1]), start=[0.5, 0.5])
    assert surface.minima == ((0.0, 0.0),) and surface.start == (0.5, 0.5)
    assert hash(surface) == hash(surface)


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"minima": ()}, "minima must be finite numbers of shape"),
        ({"minima": (0.0, 0.0)}, "minima must be finite numbers of shape"),
        ({"frame": (0, 1)}, "frame must be finite numbers of shape"),
        ({"start": (np.nan, 0)}, "start must be finite numbers of shape"),
        ({"slope": lambda x, y: (2 * x, 1)}, "arrays of the shape of x"),
        ({"noise": -1.0}, "noise must be a number, at least 0"),
    ],
)
def test_a_surface_of_one_s_own_is_checked_when_it_is_made(changed, message):
    with pytest.raises(ValueError, match=message):
        own(**changed)
