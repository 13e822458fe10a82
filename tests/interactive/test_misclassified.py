import numpy as np
import pytest

from mlcourse import plot_misclassified
from mlcourse.evaluation import confusion_matrix
from mlcourse.interactive import confusion_cells, misclassified_by_class
from tests.interactive.images import drawn, shown

NAMES = ("cat", "dog", "owl")
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 60)
X = RNG.integers(0, 256, (60, 5, 5), np.uint8)
PROBABILITIES = RNG.dirichlet([1, 1, 1], 60)
PROBABILITIES[(Y == 0) & (PROBABILITIES.argmax(axis=1) == 2)] = (
    0.8,
    0.1,
    0.1,
)  # no cat is predicted as an owl


def titles(interactive):
    return [axes.get_title() for axes in interactive.figure.axes if axes.images]


@pytest.mark.parametrize("true_class", ["any", 0, 2])
@pytest.mark.parametrize("predicted_class", ["any", 1])
def test_the_pictures_are_those_that_are_asked_for(true_class, predicted_class):
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES, title="Pets")
    sheet.set(true_class=true_class, predicted_class=predicted_class, n_images="8")
    predicted = PROBABILITIES.argmax(axis=1)
    confidence = PROBABILITIES.max(axis=1)
    wrong = [
        i
        for i in np.argsort(-confidence)
        if Y[i] != predicted[i]
        and true_class in ("any", Y[i])
        and predicted_class in ("any", predicted[i])
    ]
    assert [title.replace("\n", " ") for title in titles(sheet)] == [
        f"true {NAMES[Y[i]]}, predicted {NAMES[predicted[i]]} ({confidence[i]:.1%})"
        for i in wrong[:8]
    ]
    for axes, i in zip(sheet.figure.axes, wrong, strict=False):
        np.testing.assert_array_equal(axes.images[0].get_array(), X[i])
    assert sheet.figure.get_suptitle().startswith(f"Pets: {len(wrong)} of ")


def test_the_picture_is_the_plain_sheet():
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES)
    sheet.set(true_class=1, predicted_class=2, n_images="3")

    def draw(figure):
        classes = {"true_class": 1, "predicted_class": 2}
        plot_misclassified(
            X, Y, PROBABILITIES, rows=1, cols=3, class_names=NAMES, **classes, fig=figure
        )

    np.testing.assert_array_equal(shown(sheet), drawn(draw, (10.5, 6.8)))


def test_it_is_said_of_how_many_they_are():
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES)
    predicted = PROBABILITIES.argmax(axis=1)
    assert sheet.figure.get_suptitle() == f"{(predicted != Y).sum()} of 60 are wrong"
    sheet.set(true_class=1)
    wrong = ((predicted != Y) & (Y == 1)).sum()
    assert sheet.figure.get_suptitle() == f"{wrong} of {(Y == 1).sum()} of class dog are wrong"
    sheet.set(true_class="any", predicted_class=1)
    wrong = ((predicted == 1) & (Y != 1)).sum()
    words = f"{wrong} of {(Y != 1).sum()} of other classes are predicted as dog"
    assert sheet.figure.get_suptitle() == words


def test_no_mistake_of_a_kind_is_said_in_a_line():
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES)
    sheet.set(true_class=0, predicted_class=2)
    words = f"0 of {(Y == 0).sum()} of class cat are predicted as owl"
    assert sheet.figure.get_suptitle() == words
    assert not titles(sheet)
    assert not sheet.error_message


def test_what_is_no_mistake_is_said_and_the_picture_stays():
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES)
    before = sheet.image.value
    sheet.set(true_class=1, predicted_class=1)
    assert sheet.error_message.startswith("predicted_class must differ from true_class")
    assert sheet.image.value == before
    sheet.set(predicted_class=0)
    assert not sheet.error_message


def test_the_menus_have_the_names_and_any_first():
    sheet = misclassified_by_class(X, Y, PROBABILITIES, NAMES)
    for name in ("true_class", "predicted_class"):
        options = sheet.controls[name].options
        assert options == (("any", "any"), ("cat", 0), ("dog", 1), ("owl", 2))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"x and y_true must have the same length. Got 59 and 60"):
        misclassified_by_class(X[:-1], Y, PROBABILITIES, NAMES)
    with pytest.raises(ValueError, match=r"y_pred must be of shape \(n, 2\)\. Got"):
        misclassified_by_class(X, Y, PROBABILITIES, NAMES[:2])


def test_a_click_on_a_cell_of_the_confusion_matrix_opens_its_images():
    cells = confusion_cells(X, Y, PROBABILITIES, NAMES)
    predicted = PROBABILITIES.argmax(axis=1)
    errors = confusion_matrix(Y, predicted) - np.diag(np.bincount(Y[predicted == Y], minlength=3))
    true, guess = cells.values.values()
    assert errors[true, guess] == errors.max()
    matrix = cells.figure.axes[0]
    x, y = matrix.transData.transform((1, 0))  # true cat, predicted dog
    cells.image.clicked = [x + 2, cells.figure.bbox.height - y]
    assert cells.values == {"true_class": 0, "predicted_class": 1}
    chosen = np.flatnonzero((Y == 0) & (predicted == 1))
    chosen = chosen[np.argsort(-PROBABILITIES[chosen, 1], kind="stable")]
    images = [axes.images[0].get_array() for axes in cells.figure.axes[1:] if axes.images]
    assert len(images) == min(8, len(chosen))
    for image, index in zip(images, chosen, strict=False):
        np.testing.assert_array_equal(image, X[index])
    right = cells.figure.subfigs[1]
    assert right.get_suptitle() == f"true cat, predicted dog: {len(chosen)}"
    cells.image.clicked = [0.0, 0.0]
    assert cells.values == {"true_class": 0, "predicted_class": 1}
