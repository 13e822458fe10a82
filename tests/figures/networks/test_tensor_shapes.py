import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import PatchCollection

from mlcourse.figures import plot_tensor_shapes
from mlcourse.networks.from_model import from_model


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def shapes(ax):
    return [text.get_text() for text in ax.texts if text.get_text().startswith("(")]


def sides(ax):
    """Return the widths and heights of the rectangles, in data units."""
    boxes = [path.get_extents() for path in ax.collections[0].get_paths()]
    return [(box.width, box.height) for box in boxes]


def test_each_tensor_has_its_name_and_its_shape():
    ax = plot_tensor_shapes([784, 512, 10], batch_size=32)
    assert shapes(ax) == [
        *("(32, 784)", "(784, 512)", "(512,)", "(32, 512)", "(32, 512)"),
        *("(32, 512)", "(512, 10)", "(10,)", "(32, 10)", "(32, 10)"),
    ]
    names = [text.get_text() for text in ax.texts if "_" in text.get_text()]
    assert names == [f"${letter}_{{1}}$" for letter in "WbZA"] + [
        f"${letter}$" for letter in ("A_{1}", "W_{2}", "b_{2}", "Z_{2}", "A_{2}")
    ]
    assert "$X$" in [text.get_text() for text in ax.texts]


def test_a_shape_is_below_its_name_and_the_rectangle_between_them():
    ax = plot_tensor_shapes([6, 4, 3], batch_size=5)
    boxes = [path.get_extents() for path in ax.collections[0].get_paths()]
    rows = [text for text in ax.texts if text.get_text().startswith("(")]
    for box, text in zip(boxes, rows, strict=True):
        (name,) = (
            other
            for other in ax.texts
            if other is not text
            and other.get_position()[0] == text.get_position()[0]
            and abs(other.get_position()[1] - text.get_position()[1]) < 0.9
            and "(" not in other.get_text()
            and other.get_position()[1] > text.get_position()[1]
        )
        assert (box.x0 + box.x1) / 2 == pytest.approx(text.get_position()[0])
        assert text.get_position()[1] < box.y0 < box.y1 < name.get_position()[1]


@pytest.mark.parametrize("make", [list, tuple, from_model, lambda arrays: arrays[::2]])
def test_a_network_has_the_shapes_of_its_weights(make):
    arrays = [np.ones((6, 4)), np.zeros(4), np.ones((4, 3)), np.zeros(3)]
    assert shapes(plot_tensor_shapes(make(arrays), batch_size=5)) == [
        *("(5, 6)", "(6, 4)", "(4,)", "(5, 4)", "(5, 4)"),
        *("(5, 4)", "(4, 3)", "(3,)", "(5, 3)", "(5, 3)"),
    ]


def test_sizes_may_be_an_array_and_the_default_batch_size_is_32():
    assert shapes(plot_tensor_shapes(np.array([4, 2])))[0] == "(32, 4)"


def test_the_tensors_are_one_collection():
    ax = plot_tensor_shapes([7, 6, 5, 4])
    (tensors,) = ax.collections
    assert isinstance(tensors, PatchCollection)
    assert len(tensors.get_paths()) == len(tensors.get_facecolor()) == 15
    assert not ax.patches


def test_sides_grow_with_the_logarithm_of_rows_and_columns():
    ax = plot_tensor_shapes([100, 10, 1], batch_size=1)
    x, w, b, z, a = sides(ax)[:5]
    assert x == pytest.approx((w[1], z[1]))  # 100 columns are as wide as 100 rows are high
    assert z == pytest.approx(a) and b == pytest.approx(a)
    assert w[0] == pytest.approx((x[0] + x[1]) / 2)  # 10 is half way from 1 to 100
    assert x[0] > 2 * x[1]


@pytest.mark.parametrize(
    ("sizes", "batch"),
    [
        ([2, 1], 1),
        ([784, 512, 512, 10], 32),
        ([784, 300, 100, 50, 20, 10], 128),
        ([150528, 4096, 1000], 256),
    ],
)
def test_no_text_is_outside_the_axes_or_on_another(sizes, batch):
    ax = plot_tensor_shapes(sizes, batch_size=batch)
    ax.get_figure().canvas.draw()
    whole = ax.get_window_extent()
    assert all(text.get_visible() for text in ax.texts)
    boxes = [text.get_window_extent() for text in ax.texts]
    for box in boxes:
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1
    for number, box in enumerate(boxes):
        assert not box.padded(-1).count_overlaps([other.padded(-1) for other in boxes[:number]])


def test_given_axes_are_drawn_in_and_returned():
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_tensor_shapes([3, 2], ax=right) is right
    assert len(right.texts) == 16 and not left.texts
    assert plt.get_fignums() == [figure.number]


def test_settings_are_left_alone():
    before = dict(plt.rcParams)
    plot_tensor_shapes([3, 2])
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([4, 2], {"batch_size": 0}),
            r"batch_size must be a whole number of at least 1\. Got 0 instead",
        ),
        (([4, 2], {"batch_size": 2.5}), r"batch_size must be .* Got 2\.5"),
        (([4], {}), r"layer_sizes must list the units of at least two layers\. Got \[4\] instead"),
        (([], {}), r"layer_sizes must list the units of at least two layers\. Got \[\] instead"),
        (([4, 0], {}), r"each size in layer_sizes must be a whole number of at least 1\. Got 0"),
        (([4, 2.5], {}), r"each size in layer_sizes must be .* Got 2\.5"),
        (
            ([np.ones((4, 3)), np.ones((2, 2))], {}),
            r"an input for each unit .* Got 3 units before 2",
        ),
        ((5, {}), r"a network must be given by layer sizes, .* Got "),
    ],
)
def test_bad_arguments_give_the_rule_and_the_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        plot_tensor_shapes(arguments[0], **arguments[1])
    assert plt.get_fignums() == []


def test_the_figure_says_that_sides_are_logarithms():
    ax = plot_tensor_shapes([150_528, 4096, 4096], batch_size=32)
    assert any("logarithm" in text.get_text() for text in ax.texts)
