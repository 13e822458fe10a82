import numpy as np
import pytest

from mlcourse import plot_misclassified
from mlcourse.interactive import mistakes_by_class
from tests.interactive.pictures import drawn, shown

NAMES = ("cat", "dog", "owl")
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 60)
X = RNG.integers(0, 256, (60, 5, 5), np.uint8)
ANSWERS = RNG.dirichlet([1, 1, 1], 60)
ANSWERS[(Y == 0) & (ANSWERS.argmax(axis=1) == 2)] = (0.8, 0.1, 0.1)  # no cat is predicted as an owl


def titles(interactive):
    return [axes.get_title() for axes in interactive.figure.axes if axes.images]


@pytest.mark.parametrize("true", ["any", 0, 2])
@pytest.mark.parametrize("answer", ["any", 1])
def test_the_pictures_are_those_that_are_asked_for(true, answer):
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES, title="Pets")
    sheet.set(true=true, answer=answer, shown="8")
    said, sure = ANSWERS.argmax(axis=1), ANSWERS.max(axis=1)
    wrong = [
        i
        for i in np.argsort(-sure)
        if Y[i] != said[i] and true in ("any", Y[i]) and answer in ("any", said[i])
    ]
    assert [title.replace("\n", " ") for title in titles(sheet)] == [
        f"true {NAMES[Y[i]]}, predicted {NAMES[said[i]]} ({100 * sure[i]:.1f} %)" for i in wrong[:8]
    ]
    for axes, i in zip(sheet.figure.axes, wrong, strict=False):
        np.testing.assert_array_equal(axes.images[0].get_array(), X[i])
    assert sheet.figure.get_suptitle().startswith(f"Pets: {len(wrong)} of ")


def test_the_picture_is_the_plain_sheet():
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES)
    sheet.set(true=1, answer=2, shown="3")

    def draw(figure):
        plot_misclassified(
            X,
            Y,
            ANSWERS,
            rows=1,
            cols=3,
            class_names=NAMES,
            true_class=1,
            predicted_class=2,
            fig=figure,
        )

    np.testing.assert_array_equal(shown(sheet), drawn(draw, (10.5, 6.8)))


def test_it_is_said_of_how_many_they_are():
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES)
    said = ANSWERS.argmax(axis=1)
    assert sheet.figure.get_suptitle() == f"{(said != Y).sum()} of 60 are wrong"
    sheet.set(true=1)
    wrong = ((said != Y) & (Y == 1)).sum()
    assert sheet.figure.get_suptitle() == f"{wrong} of {(Y == 1).sum()} of class dog are wrong"
    sheet.set(true="any", answer=1)
    wrong = ((said == 1) & (Y != 1)).sum()
    words = f"{wrong} of {(Y != 1).sum()} of other classes are predicted as dog"
    assert sheet.figure.get_suptitle() == words


def test_no_mistake_of_a_kind_is_said_in_a_line():
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES)
    sheet.set(true=0, answer=2)
    words = f"0 of {(Y == 0).sum()} of class cat are predicted as owl"
    assert sheet.figure.get_suptitle() == words
    assert not titles(sheet)
    assert not sheet.problem


def test_what_is_no_mistake_is_said_and_the_picture_stays():
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES)
    before = sheet.picture.value
    sheet.set(true=1, answer=1)
    assert sheet.problem.startswith("predicted_class must differ from true_class")
    assert sheet.picture.value == before
    sheet.set(answer=0)
    assert not sheet.problem


def test_the_menus_have_the_names_and_any_first():
    sheet = mistakes_by_class(X, Y, ANSWERS, NAMES)
    for name in ("true", "answer"):
        options = sheet.controls[name].options
        assert options == (("any", "any"), ("cat", 0), ("dog", 1), ("owl", 2))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"x and y_true must be of one length. Got 59 and 60"):
        mistakes_by_class(X[:-1], Y, ANSWERS, NAMES)
    with pytest.raises(ValueError, match=r"y_pred must be of shape \(n, 2\)\. Got"):
        mistakes_by_class(X, Y, ANSWERS, NAMES[:2])
