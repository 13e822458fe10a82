import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import plot_misclassified
from mlcourse.figures import plot_misclassified_pairs

NAMES = ("cat", "dog", "owl")


def three_wrong():
    """Return images, labels and predictions: 1, 3 and 4 are wrong, 3 has the highest confidence."""
    x = np.arange(5.0)[:, None, None] / 5 + np.zeros((1, 4, 4))
    y = np.array([0, 1, 2, 0, 1])
    predictions = np.array(
        [[0.9, 0.05, 0.05], [0.6, 0.3, 0.1], [0, 0, 1], [0.05, 0.9, 0.05], [0.1, 0.2, 0.7]]
    )
    return x, y, predictions


def test_mistakes_are_shown_with_the_surest_first():
    figure = plot_misclassified(*three_wrong(), rows=1, cols=2, class_names=NAMES, title="Pets")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["true cat,\npredicted dog\n(90.0%)", "true dog,\npredicted owl\n(70.0%)"]
    shown = [axes.images[0].get_array()[0, 0] for axes in figure.axes]
    np.testing.assert_allclose(shown, [3 / 5, 4 / 5])
    assert figure.get_suptitle() == "Pets: 3 of 5 are wrong"


def test_places_without_a_mistake_stay_empty():
    figure = plot_misclassified(*three_wrong(), rows=2, cols=3)
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 1, 0, 0, 0]
    assert not any(axes.axison for axes in figure.axes)


def test_nothing_wrong_is_said():
    x, y, _ = three_wrong()
    figure = plot_misclassified(x, y, np.eye(3)[y], rows=1, cols=3)
    assert figure.get_suptitle() == "0 of 5 are wrong"


def test_mistakes_of_two_classes_have_the_certainty_of_what_was_said():
    x = np.zeros((2, 4, 4))
    figure = plot_misclassified(
        x, [1, 0], np.array([[0.2], [0.7]]), rows=1, cols=2, class_names=("8", "3")
    )
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["true 3, predicted 8\n(80.0%)", "true 8, predicted 3\n(70.0%)"]


def test_mistakes_need_one_answer_a_picture():
    x, y, predictions = three_wrong()
    with pytest.raises(ValueError, match=r"x and y_true must have the same length\. Got 4 and 5"):
        plot_misclassified(x[:4], y, predictions, rows=1, cols=2)
    with pytest.raises(
        ValueError, match=r"y_true and y_pred must have the same length\. Got 5 and 4"
    ):
        plot_misclassified(x, y, predictions[:4], rows=1, cols=2)


def pairs():
    """Return images, pairs of labels, and predictions of which the last three are wrong.

    Example 1 has a wrong second prediction, 2 a wrong first one, 3 two wrong ones.
    """
    x = np.arange(4.0)[:, None, None] / 4 + np.zeros((1, 6, 4))
    y = np.array([[0, 1], [2, 0], [1, 1], [0, 2]])
    first = np.array([[0.9, 0.1, 0], [0, 0, 1], [0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    second = np.array([[0.1, 0.9, 0], [0.2, 0.8, 0], [0.3, 0.4, 0.3], [0.95, 0.05, 0]])
    return x, y, [first, second]


def test_wrong_pairs_are_shown_with_the_surest_wrong_answer_first():
    figure = plot_misclassified_pairs(*pairs(), rows=1, cols=3, class_names=NAMES, title="Pets")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [
        "✗ true cat, predicted dog\n(60.0%)\n✗ true owl, predicted cat\n(95.0%)",
        "✓ owl\n✗ true cat, predicted dog\n(80.0%)",
        "✗ true dog, predicted cat\n(70.0%)\n✓ dog",
    ]
    shown = [axes.images[0].get_array()[0, 0] for axes in figure.axes]
    np.testing.assert_allclose(shown, [3 / 4, 1 / 4, 2 / 4])
    assert figure.get_suptitle() == "Pets: 3 of 4 are wrong"


def test_a_sure_answer_that_is_right_does_not_make_a_pair_come_first():
    predictions = [np.array([[0.6, 0.4], [0.3, 0.7]]), np.array([[1.0, 0.0], [0.5, 0.5]])]
    figure = plot_misclassified_pairs(
        np.zeros((2, 6, 4)), [[1, 0], [0, 0]], predictions, rows=1, cols=2
    )
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["✗ true 0, predicted 1 (70.0%)\n✓ 0", "✗ true 1, predicted 0 (60.0%)\n✓ 0"]


def test_places_without_a_wrong_pair_stay_empty():
    figure = plot_misclassified_pairs(*pairs(), rows=2, cols=3)
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 1, 0, 0, 0]
    x, y, _ = pairs()
    right = [np.eye(3)[y[:, 0]], np.eye(3)[y[:, 1]]]
    assert (
        plot_misclassified_pairs(x, y, right, rows=1, cols=1).get_suptitle() == "0 of 4 are wrong"
    )


@pytest.mark.parametrize("class_names", [None, NAMES])
def test_labels_of_pairs_may_be_floats(class_names):
    x, y, predictions = pairs()
    titles = [
        [axes.get_title() for axes in figure.axes]
        for figure in (
            plot_misclassified_pairs(
                x, labels, predictions, rows=1, cols=3, class_names=class_names
            )
            for labels in (y, y.astype(float))
        )
    ]
    assert titles[0] == titles[1]


def test_wrong_pairs_fill_a_given_figure():
    figure = plt.figure()
    assert plot_misclassified_pairs(*pairs(), rows=1, cols=1, fig=figure) is figure


@pytest.mark.parametrize("cols", [1, 2, 4])
def test_no_words_above_pairs_touch_each_other_or_the_edge(cols):
    x, y, predictions = pairs()
    figure = plot_misclassified_pairs(
        x, y, predictions, rows=2, cols=cols, title="MNIST stand-in, two digits"
    )
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes if axes.images]
    boxes.append(figure._suptitle.get_window_extent())
    for i, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_pairs_need_two_answers_a_picture():
    x, y, predictions = pairs()
    with pytest.raises(ValueError, match=r"x and y_true must have the same length\. Got 3 and 4"):
        plot_misclassified_pairs(x[:3], y, predictions, rows=1, cols=1)
    with pytest.raises(
        ValueError, match=r"y_true and y_pred must have the same length\. Got 3 and 4"
    ):
        plot_misclassified_pairs(x[:3], y[:3], predictions, rows=1, cols=1)
    with pytest.raises(ValueError, match=r"y_true must be of shape \(n, 2\)\. Got \(4,\) instead"):
        plot_misclassified_pairs(x, y[:, 0], predictions, rows=1, cols=1)
    with pytest.raises(ValueError, match=r"y_pred must be a pair, one .* Got ndarray instead"):
        plot_misclassified_pairs(x, y, predictions[0], rows=1, cols=1)
    with pytest.raises(ValueError, match=r"y_pred must be of shape \(n, 2\)\. Got \(4, 3\)"):
        plot_misclassified_pairs(x, y, predictions, rows=1, cols=2, class_names=NAMES[:2])
    with pytest.raises(ValueError, match=r"rows must be a whole number of at least 1\. Got 0"):
        plot_misclassified_pairs(x, y, predictions, rows=0, cols=1)


def test_answers_that_are_numbers_of_classes_have_no_certainty():
    x, y, predictions = three_wrong()
    figure = plot_misclassified(x, y, predictions.argmax(axis=1), rows=1, cols=3, class_names=NAMES)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [
        "true dog,\npredicted cat",
        "true cat,\npredicted dog",
        "true dog,\npredicted owl",
    ]


def test_long_names_stand_on_several_lines():
    names = ("automobile", "airplane")
    figure = plot_misclassified(
        np.zeros((3, 4, 4)), [0] * 3, [0.9] * 3, rows=1, cols=3, class_names=names
    )
    assert figure.axes[0].get_title() == "true automobile,\npredicted airplane\n(90.0%)"
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    assert not boxes[0].overlaps(boxes[1]) and not boxes[1].overlaps(boxes[2])


@pytest.mark.parametrize("cols", [2, 4])
def test_words_above_small_panels_do_not_overlap(cols):
    names = ("T-shirt/top", "automobile")
    figure = plt.figure(figsize=(6, 4), layout="constrained")
    plot_misclassified(
        np.zeros((8, 4, 4)),
        [0, 1] * 4,
        [0.9, 0.1] * 4,
        rows=2,
        cols=cols,
        class_names=names,
        fig=figure,
    )
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_a_true_and_a_predicted_class_are_chosen_by_label_or_name():
    x, y, predictions = three_wrong()
    integers = {"true_class": 2, "predicted_class": 3}
    for options in (integers, {key: str(label) for key, label in integers.items()}):
        figure = plot_misclassified(x, y + 1, predictions, rows=1, cols=3, **options)
        assert figure.axes[0].get_title() == "true 2, predicted 3\n(70.0%)"
        assert figure.get_suptitle() == "1 of 2 of class 2 are predicted as 3"
