import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.evaluation.class_balance import plot_class_balance

LABELS = {"training": np.repeat([0, 1, 2], [60, 30, 10]), "test": [0, 1, 1, 2]}
NAMES = ["cat", "dog", "owl"]


def test_bars_are_fractions_with_percentages_beside_them():
    ax = plot_class_balance(LABELS, class_names=NAMES, title="Pets")
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers]
    np.testing.assert_allclose(widths, [[0.6, 0.3, 0.1], [0.25, 0.5, 0.25]])
    percentages = ["60.0%", "30.0%", "10.0%", "25.0%", "50.0%", "25.0%"]
    assert [text.get_text() for text in ax.texts] == percentages
    assert [text.get_text() for text in ax.get_yticklabels()] == NAMES
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["training (100)", "test (4)", "balanced classes"]
    assert ax.lines[0].get_xdata()[0] == pytest.approx(1 / 3)
    assert ax.get_title() == "Pets"


def test_bars_of_a_class_stand_below_each_other_and_do_not_touch_the_next_class():
    ax = plot_class_balance({**LABELS, "validation": [2, 0, 1]}, class_names=NAMES)
    edges = [
        [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in one] for one in ax.containers
    ]
    in_order = [edge for by_class in zip(*edges, strict=True) for pair in by_class for edge in pair]
    assert in_order == sorted(in_order)
    assert ax.yaxis_inverted()


def test_classes_may_be_ones_among_zeros_and_one_may_have_no_example():
    ax = plot_class_balance({"training": np.eye(3)[[0, 0, 1]], "test": [1]}, class_names=NAMES)
    assert [text.get_text() for text in ax.texts] == [
        "66.7%",
        "33.3%",
        "0.0%",
        "0.0%",
        "100.0%",
        "0.0%",
    ]
    assert [bar.get_width() for bar in ax.containers[1]] == [0, 1, 0]


def test_no_text_is_outside_the_figure_or_over_another():
    parts = {"training": np.repeat(range(10), [9000, 500, 99, 20, 5, 2, 1, 1, 1, 300])}
    ax = plot_class_balance({**parts, "validation": range(10), "test": range(10)})
    ax.figure.canvas.draw()
    texts = [*ax.texts, *ax.get_yticklabels(), *ax.get_legend().get_texts()]
    boxes = [text.get_window_extent() for text in texts]
    frame = ax.figure.bbox
    for place, box in enumerate(boxes):
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
    assert min(text.get_fontsize() for text in texts) >= 10


def test_numbers_are_left_away_where_there_is_no_room():
    ax = plt.figure(figsize=(4, 1.5), layout="constrained").add_subplot()
    assert plot_class_balance(LABELS, class_names=NAMES, ax=ax) is ax
    assert not ax.texts
    assert len(ax.get_legend().get_texts()) == 3


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {},
            r"parts must be a dict of names of parts to labels, with at least one item\. Got \{\}",
        ),
        (
            {"training": [0, 3]},
            r"labels of training must hold whole numbers from 0 to 2, .* Got 3 instead",
        ),
        ({"training": [0.5]}, r"labels of training must hold class labels, .* Got 0.5 instead"),
    ],
)
def test_parts_that_cannot_be_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        plot_class_balance(parts, class_names=NAMES)
