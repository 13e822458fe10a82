import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.evaluation import accuracy, confusion_matrix, misclassified
from mlcourse.figures.evaluation.dashboard import dashboard
from tests.figures.conftest import log_of

CIFAR = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
LONG = [f"Kraftfahrzeughaftpflichtversicherung {k}" if k % 2 else f"kind {k}" for k in range(20)]
HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "sparse_categorical_accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.1, 0.6, 0.7],
    "val_sparse_categorical_accuracy": [0.4, 0.8, 0.6],
}


def classified(n=60, classes=10, channels=(3,), seed=0):
    """Return images whose first pixel is their index, labels, and predictions."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, 6, 6, *channels), np.uint8)
    x[:, 0, 0] = np.arange(n).reshape(n, *[1] * len(channels))
    y = rng.integers(0, classes, n)
    y_pred = rng.dirichlet(np.full(classes, 0.3), n)
    return x, y, (y_pred + np.eye(classes)[y] * (rng.random((n, 1)) < 0.6)) / 2 + 1e-9


def draw(history=HISTORY, n=60, names=CIFAR, channels=(3,), **options):
    x, y, y_pred = classified(n, len(names), channels)
    y_pred /= y_pred.sum(axis=1, keepdims=True)
    cm = confusion_matrix(y, y_pred)
    return dashboard(history, cm, names, y_pred, (x, y), **options), x, y, y_pred


def pictures(figure):
    return [axes for axes in figure.axes[3:] if axes.images]


@pytest.mark.parametrize("channels", [(3,), (1,), ()])
def test_each_wrong_picture_has_its_own_class_answer_and_certainty(channels):
    figure, _, y, y_pred = draw(channels=channels)
    shown = [int(axes.images[0].get_array()[0, 0].max()) for axes in pictures(figure)]
    assert shown == misclassified(y, y_pred)[:6].tolist()
    assert len(shown) == 6
    for axes, number in zip(pictures(figure), shown, strict=True):
        answer, sure = y_pred[number].argmax(), y_pred[number].max()
        words = axes.get_title().replace("\n", " ")
        assert words == f"true {CIFAR[y[number]]}, predicted {CIFAR[answer]} ({sure:.1%})"
        assert answer != y[number]


def test_the_page_has_curves_matrix_and_the_number_of_mistakes():
    figure, _, y, y_pred = draw(title="CIFAR-10")
    losses, metrics, matrix = figure.axes[:3]
    for axes, name in ((losses, "loss"), (metrics, "sparse_categorical_accuracy")):
        curves = {line.get_label(): line for line in axes.lines}
        np.testing.assert_array_equal(curves[name].get_ydata(), HISTORY[name])
        validation = curves[f"{name} (validation)"]
        np.testing.assert_array_equal(validation.get_ydata(), HISTORY[f"val_{name}"])
    assert (losses.get_ylabel(), metrics.get_ylabel()) == ("loss", "accuracy")
    cm = confusion_matrix(y, y_pred)
    assert matrix.texts[0].get_text() == f"{100 * cm[0, 0] / cm[0].sum():.1f}"
    assert matrix.get_xlabel() == "predicted class, in % of the true class"
    upper, lower = figure.subfigs
    assert upper.get_suptitle().splitlines()[0] == "CIFAR-10"
    wrong = round(60 * (1 - accuracy(y, y_pred)))
    assert lower.subfigs[1].get_suptitle() == f"Most confident errors: {wrong} of 60 are wrong"


class Fit:
    """Stands in for Keras's History, a TrainingPlot, a Run."""

    def __init__(self, **parts):
        vars(self).update(parts)


@pytest.mark.parametrize(
    "history",
    [HISTORY, Fit(history=HISTORY, epoch=[0, 1, 2]), log_of(HISTORY), Fit(log=log_of(HISTORY))],
)
def test_a_history_is_whatever_keeps_one(history):
    losses = draw(history)[0].axes[0]
    curves = {line.get_label(): list(line.get_ydata()) for line in losses.lines}
    assert curves["loss"] == HISTORY["loss"]


@pytest.mark.parametrize("name", ["accuracy", "acc", "sparse_categorical_accuracy", "f1"])
def test_metrics_have_any_name_and_no_validation_is_needed(name):
    metrics = draw({"loss": [1, 0.5], name: [0.2, 0.4]})[0].axes[1]
    (curve,) = [line for line in metrics.lines if line.get_label() == name]
    assert list(curve.get_ydata()) == [0.2, 0.4]
    assert metrics.get_visible()


def test_without_a_metric_the_losses_have_all_the_room():
    figure = draw({"loss": [1, 0.5]})[0]
    losses, metrics = figure.axes[:2]
    figure.draw_without_rendering()
    assert not metrics.get_visible()
    assert losses.get_window_extent().width > 0.8 * figure.bbox.width


def test_classes_may_be_columns_or_ones_among_zeros():
    x, y, y_pred = classified()
    y_pred /= y_pred.sum(axis=1, keepdims=True)
    cm = confusion_matrix(y, y_pred)
    titles = [
        [axes.get_title() for axes in dashboard(HISTORY, cm, CIFAR, y_pred, (x, same)).axes]
        for same in (y, y[:, None], np.eye(10)[y], y.tolist())
    ]
    assert titles.count(titles[0]) == 4


def test_numbers_of_classes_have_no_certainty():
    x, y, y_pred = classified()
    answers = y_pred.argmax(axis=1)
    figure = dashboard(HISTORY, confusion_matrix(y, answers, 10), CIFAR, answers, (x, y))
    assert "%)" not in "".join(axes.get_title() for axes in figure.axes)
    first = np.flatnonzero(answers != y)[0]
    words = pictures(figure)[0].get_title().replace("\n", " ")
    assert words == f"true {CIFAR[y[first]]}, predicted {CIFAR[answers[first]]}"
    assert figure.subfigs[1].subfigs[1].get_suptitle().startswith("Errors: ")


def test_one_probability_is_that_of_the_second_of_two_classes():
    x, y = np.zeros((3, 4, 4)), [0, 1, 1]
    y_pred = np.array([[0.8], [0.9], [0.4]])
    cm = confusion_matrix(y, y_pred)
    figure = dashboard(HISTORY, cm, ["cat", "dog"], y_pred, (x, y))
    titles = [axes.get_title() for axes in pictures(figure)]
    assert titles == ["true cat,\npredicted dog\n(80.0%)", "true dog,\npredicted cat\n(60.0%)"]


def test_no_wrong_answer_is_said():
    x, y, _ = classified()
    figure = dashboard(HISTORY, np.diag(np.bincount(y)), CIFAR, np.eye(10)[y], (x, y))
    assert pictures(figure) == []
    right = figure.subfigs[1].subfigs[1]
    assert [text.get_text() for text in right.texts if text is not right._suptitle] == ["no errors"]


def ticks_of(axes):
    """The labels of the ticks that are within the limits."""
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        yield from (label for place, label in ticks if min(limits) <= place <= max(limits))


def words_of(figure):
    seen = [axes for axes in figure.axes if axes.get_visible()]
    found = [text for axes in seen for text in (axes.title, *axes.texts)]
    for axes in seen[:3]:
        found += [axes.xaxis.label, axes.yaxis.label, *ticks_of(axes)]
        found += axes.get_legend().get_texts() if axes.get_legend() else []
    found += [figure.subfigs[0]._suptitle, figure.subfigs[1].subfigs[1]._suptitle]
    return [text for text in found if text.get_visible() and text.get_text()]


@pytest.mark.parametrize("names", [CIFAR[:2], CIFAR, LONG], ids=lambda names: len(names))
@pytest.mark.parametrize("title", ["", "CIFAR-10\nconvolutional network"])
def test_no_words_touch_each_other_or_the_edge(names, title):
    figure, *_ = draw(n=200, names=names, title=title)
    figure.draw_without_rendering()
    words = words_of(figure)
    assert len([word for word in figure.axes[2].texts if word.get_visible()]) == len(names) ** 2
    numbers = figure.axes[2].texts
    assert min(word.get_fontsize() for word in words if word not in numbers) >= 10
    shown = [axes.get_window_extent() for axes in pictures(figure)]
    flat = [word for word in words if not word.get_rotation() % 90]
    boxes = [word.get_window_extent() for word in flat]
    for number, box in enumerate(boxes):
        others = zip(
            [*flat[number + 1 :], *pictures(figure)], boxes[number + 1 :] + shown, strict=True
        )
        assert not [(flat[number], other) for other, there in others if box.overlaps(there)]
    for box in (word.get_window_extent() for word in words):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height


def test_it_fills_a_given_figure():
    figure = plt.figure(figsize=(13, 10))
    assert draw(fig=figure)[0] is figure


def test_what_does_not_fit_is_refused_and_leaves_no_figure():
    x, y, y_pred = classified()
    y_pred /= y_pred.sum(axis=1, keepdims=True)
    cm = confusion_matrix(y, y_pred)
    good = {"history": HISTORY, "cm": cm, "labels": CIFAR, "y_pred": y_pred, "test_data": (x, y)}
    for change, message in (
        ({"history": {}}, r"number of epochs in history must be .* at least 1\. Got 0 instead"),
        ({"history": 3}, r"history must be a dict of names to lists of values, .* Got 3 instead"),
        ({"labels": CIFAR[:9]}, r"classes and cm must have the same length\. Got 9 and 10 instead"),
        ({"cm": cm[:9, :9]}, r"classes and cm must have the same length\. Got 10 and 9 instead"),
        ({"cm": cm[:9]}, r"cm must be square, .* Got \(9, 10\) instead"),
        ({"y_pred": y_pred[:50]}, r"y_pred and the images in test_data must .* Got 50 and 60"),
        ({"y_pred": y_pred[:, :9]}, r"y_pred must be of shape \(n, 10\)\. Got \(60, 9\)"),
        (
            {"test_data": (x, y[:50])},
            r"y_true and y_pred must have the same length\. Got 50 and 60",
        ),
        (
            {"test_data": (x, 2 * y)},
            r"y_true must hold whole numbers from 0 to 9, .* Got 1[0-8] instead",
        ),
        ({"test_data": x}, r"test_data must be a pair, images and .* Got ndarray instead"),
        ({"test_data": (x.reshape(60, -1), y)}, r"test_data must be of shape .* Got \(60, 108\)"),
        ({"test_data": (x - 0.5, y)}, r"must be uint8, or in \[0, 1\]\. Got float64 from -0\.5"),
    ):
        with pytest.raises(ValueError, match=message):
            dashboard(**{**good, **change})
    assert plt.get_fignums() == []
