from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from mlcourse.figures._shared.style import BLUE, RED
from mlcourse.figures.evaluation.confusion import plot_confusion_matrix

CM = np.array([[90, 8, 2], [30, 60, 10], [0, 0, 5]])
NAMES = ("cat", "dog", "owl")


def numbers(ax):
    """The texts in the cells, by row and column."""
    return {tuple(map(int, text.get_position()))[::-1]: text.get_text() for text in ax.texts}


def shown(ax):
    """The words that are drawn: of the cells, the ticks and the labels."""
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
    words = [*ax.texts, *ticks, ax.xaxis.label, ax.yaxis.label, ax.title]
    return [word for word in words if word.get_visible() and word.get_text()]


def test_rows_are_true_classes_and_columns_predictions():
    ax = plot_confusion_matrix(CM, NAMES, title="Pets")
    assert numbers(ax) == {place: str(count) for place, count in np.ndenumerate(CM)}
    assert [text.get_text() for text in ax.get_xticklabels()] == list(NAMES)
    assert [text.get_text() for text in ax.get_yticklabels()] == list(NAMES)
    assert (ax.get_ylabel(), ax.get_xlabel(), ax.get_title()) == (
        "true class",
        "predicted class",
        "Pets",
    )
    assert ax.get_ylim() == (2.5, -0.5)  # the first class is the upper row


def test_percentages_are_of_the_true_class():
    ax = plot_confusion_matrix(CM, NAMES, None, True)
    found = numbers(ax)
    assert [found[1, column] for column in range(3)] == ["30.0", "60.0", "10.0"]
    assert [found[2, column] for column in range(3)] == ["0", "0", "100"]
    assert ax.get_xlabel() == "predicted class, in % of the true class"


def test_percentages_of_counts_in_a_small_type_are_the_same():
    found = numbers(plot_confusion_matrix(CM.astype(np.uint8), NAMES, normalize=True))
    assert found == numbers(plot_confusion_matrix(CM, NAMES, normalize=True))


def test_a_class_without_examples_has_a_blank_row():
    ax = plot_confusion_matrix([[3, 1], [0, 0]], NAMES[:2], normalize=True)
    assert numbers(ax) == {(0, 0): "75.0", (0, 1): "25.0"}
    np.testing.assert_array_equal(ax.images[0].get_array()[1], 1)


@pytest.mark.parametrize("normalize", [False, True])
def test_the_most_frequent_mistake_has_the_full_color_however_rare_it_is(normalize):
    cm = np.diag([5000, 5000, 5000]) + np.array([[0, 4, 1], [0, 0, 0], [0, 0, 0]])
    image = plot_confusion_matrix(cm, NAMES, normalize=normalize).images[0].get_array()
    np.testing.assert_allclose(image[0, 1], to_rgb(RED))
    np.testing.assert_allclose(image[0, 2], 1 - 0.25 * (1 - np.array(to_rgb(RED))))
    np.testing.assert_allclose(image[1, 0], 1)
    np.testing.assert_allclose(image[2, 2], 1 - 0.5 * (1 - np.array(to_rgb(BLUE))), atol=1e-3)


def test_all_may_be_right_or_all_wrong():
    right = plot_confusion_matrix(np.eye(2), NAMES[:2]).images[0].get_array()
    np.testing.assert_array_equal(right[0, 1], 1)
    wrong = plot_confusion_matrix(1 - np.eye(2), NAMES[:2]).images[0].get_array()
    np.testing.assert_array_equal(wrong[0, 0], 1)


def luminance(rgb):
    rgb = np.array(to_rgb(rgb))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (
        0.2126,
        0.7152,
        0.0722,
    )


def test_each_number_can_be_read_on_its_color():
    cm = np.add.outer(np.arange(9) * 9, np.arange(9))
    ax = plot_confusion_matrix(cm, range(9))
    for text in ax.texts:
        column, row = map(int, text.get_position())
        below = luminance(ax.images[0].get_array()[row, column])
        light, dark = sorted([below, luminance(text.get_color())], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, level AA


LONG = [f"Kraftfahrzeughaftpflichtversicherung {k}" if k % 2 else f"kind {k}" for k in range(20)]
CIFAR = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.mark.parametrize("names", [NAMES[:2], LONG[:2], CIFAR, LONG], ids=lambda names: len(names))
@pytest.mark.parametrize("normalize", [False, True])
def test_no_words_touch_each_other_or_the_edge(names, normalize):
    cm = np.random.default_rng(0).integers(0, 1000, (len(names), len(names)))
    ax = plot_confusion_matrix(cm, names, normalize=normalize, title="CIFAR-10, test set")
    ax.figure.draw_without_rendering()
    words = shown(ax)
    assert len(words) == len(names) ** 2 + 2 * len(names) + 3
    assert min(word.get_fontsize() for word in words) >= 10
    boxes = [word.get_window_extent() for word in words if not word.get_rotation() % 90]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
    for box in (word.get_window_extent() for word in words):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= ax.figure.bbox.width and box.y1 <= ax.figure.bbox.height


@pytest.mark.parametrize("names", [CIFAR, LONG], ids=lambda names: len(names))
def test_names_aslant_have_room_beside_each_other(names):
    ax = plot_confusion_matrix(np.eye(len(names)), names)
    ax.figure.draw_without_rendering()
    labels, cell = ax.get_xticklabels(), ax.bbox.width / len(names)
    assert {label.get_rotation() for label in labels} <= {45, 90}
    rotation = labels[0].get_rotation()
    for label in labels:
        label.set_rotation(0)
    tallest = max(label.get_window_extent().height for label in labels)
    angle = np.deg2rad(rotation)
    assert tallest <= cell * np.sin(angle) * 1.02


def test_numbers_without_room_are_left_away():
    figure, ax = plt.subplots(figsize=(2, 2))
    plot_confusion_matrix(np.eye(10) * 1000, CIFAR, ax)
    figure.draw_without_rendering()
    assert not any(text.get_visible() for text in ax.texts)


def test_few_classes_have_no_huge_numbers():
    figure, ax = plt.subplots(figsize=(9, 9))
    plot_confusion_matrix(np.eye(2), NAMES[:2], ax)
    figure.draw_without_rendering()
    assert {text.get_fontsize() for text in ax.texts} == {13}


def test_it_draws_into_given_axes_and_changes_no_counts():
    _, ax = plt.subplots()
    counts = CM.copy()
    counts.flags.writeable = False
    assert plot_confusion_matrix(counts, NAMES, ax=ax, normalize=True) is ax


@pytest.mark.parametrize(
    ("cm", "message"),
    [
        (CM[:2], r"cm must be square, .* at least 2 classes\. Got \(2, 3\) instead"),
        ([[1]], r"cm must be square, .* at least 2 classes\. Got \(1, 1\) instead"),
        ([1, 2, 3], r"cm must be square, .* Got \(3,\) instead"),
        (-CM, r"cm must not be negative\. Got -90 instead\."),
        (CM * np.nan, r"cm must be finite\. Got nan at \[0, 0\] instead"),
        (CM[:2, :2], r"classes and cm must have the same length\. Got 3 and 2 instead"),
        (np.eye(4), r"classes and cm must have the same length\. Got 3 and 4 instead"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused_and_leaves_no_figure(cm, message):
    with pytest.raises(ValueError, match=message):
        plot_confusion_matrix(cm, NAMES)
    with pytest.raises(ValueError, match=r"normalize must be True or False\. Got 'true' instead"):
        plot_confusion_matrix(CM, NAMES, normalize="true")
    assert plt.get_fignums() == []


def many_classes(n=100, seed=0):
    """A confusion matrix in which classes of the same group of five are confused."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(n) // 5
    cm = rng.poisson(20, (n, n)) * (group[:, None] == group)
    np.fill_diagonal(cm, 200)
    return cm, group


def test_many_classes_fit_into_ten_inches_without_numbers():
    cm, _ = many_classes()
    ax = plot_confusion_matrix(cm, [f"class number {k}" for k in range(100)])
    assert max(ax.figure.get_size_inches()) <= 10
    assert not ax.texts
    (rings,) = ax.lines
    errors = np.sort((cm - np.diag(np.diag(cm))).ravel())[::-1]
    rows, columns = rings.get_ydata(), rings.get_xdata()
    assert sorted(cm[rows, columns], reverse=True) == errors[: len(rows)].tolist()
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    first = f"class number {rows[0]} as class number {columns[0]}: {errors[0]}"
    assert entries[0].replace("\n", " ") == first
    ax.figure.draw_without_rendering()
    labels = ax.get_yticklabels()
    assert 10 < len(labels) < 100 and labels[1].get_text().startswith("class number ")
    boxes = [label.get_window_extent() for label in labels]
    assert not any(box.overlaps(other) for box, other in pairwise(boxes))


def test_similar_classes_are_neighbors_on_request():
    cm, group = many_classes()
    ax = plot_confusion_matrix(cm, [str(label) for label in group], sort_by_similarity=True)
    names = [ax.yaxis.get_major_formatter()(position) for position in range(len(cm))]
    assert sum(a != b for a, b in pairwise(names)) == 19  # 20 groups of 5
    few = plot_confusion_matrix(
        [[8, 0, 2], [0, 9, 1], [3, 0, 7]], list("abc"), sort_by_similarity=True
    )
    order = [label.get_text() for label in few.get_yticklabels()]
    assert order in (["b", "a", "c"], ["c", "a", "b"], ["a", "c", "b"], ["b", "c", "a"])
    assert abs(order.index("a") - order.index("c")) == 1


def test_a_thousand_classes_are_refused():
    with pytest.raises(ValueError, match=r"at most 250 classes; .* most_confused\. Got 1000"):
        plot_confusion_matrix(np.eye(1000), range(1000))
