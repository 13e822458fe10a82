"""Decision boundaries of all kinds of models, and of labels in all forms."""

import keras
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from scipy import special
from sklearn.cluster import DBSCAN, BisectingKMeans, KMeans, MeanShift, MiniBatchKMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from mlcourse import plot_decision_boundary, plot_probability_surface
from tests.conftest import slow

FRAME = (-2.0, 3.0, -1.0, 4.0)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [2.0, 2.0]], 30, axis=0)
Y = np.repeat([0, 1], 30)
THREE = np.digitize(X[:, 0], [0, 1.5])
RESOLUTION = 21
COLUMNS = ["height in cm", "weight in $"]


def draw(model, y=Y, x=X, **options):
    options = {"resolution": RESOLUTION, "frame": FRAME, **options}
    return plot_decision_boundary(model, x, y, **options)


def points():
    """The grid's points, in rows from the bottom to the top."""
    x, y = np.linspace(*FRAME[:2], RESOLUTION), np.linspace(*FRAME[2:], RESOLUTION)
    return np.array([[a, b] for b in y for a in x])


def colors(ax):
    """The color at each of these points."""
    return ax.images[0].get_array().reshape(RESOLUTION**2, -1)[:, :3]


def check_areas(ax, classes):
    """Check that each class has an area of one color of its own, and no other area has it."""
    seen = [tuple(color) for color in colors(ax).round(6)]
    assert len(set(zip(seen, classes, strict=True))) == len(set(seen)) == len(set(classes))


def border(ax):
    """The ends of the black lines."""
    lines = [group for group in ax.collections if isinstance(group, mpl.contour.ContourSet)]
    return np.concatenate([path.vertices for line in lines for path in line.get_paths()])


def bar_of(ax):
    return next((axes for axes in ax.get_figure().axes if axes is not ax), None)


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "model",
    [
        *[KMeans(3, n_init=1, random_state=0), MiniBatchKMeans(3, n_init=1, random_state=0)],
        *[BisectingKMeans(3, random_state=0), MeanShift()],
        make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_clusters_are_those_of_the_clusterer_whatever_the_dtype_of_the_examples(model, dtype):
    model.fit(X)
    ax = draw(model, model.predict(X), X.astype(dtype))
    check_areas(ax, model.predict(points()))
    assert bar_of(ax) is None
    part = model.predict(X) == 0
    legend = legend_of(draw(model, np.zeros(part.sum(), int), X[part]))
    assert legend[0] == "0"  # and the other clusters with a region


def test_a_mixture_has_the_probability_of_each_component():
    model = GaussianMixture(3, random_state=0).fit(X)
    ax = draw(model, model.predict(X))
    hard = draw(model, model.predict(X), response_method="predict")
    check_areas(hard, model.predict(points()))
    assert len(np.unique(colors(ax), axis=0)) > 50


OUTLIERS = [IsolationForest(random_state=0), OneClassSVM(nu=0.2), EllipticEnvelope(random_state=0)]


@pytest.mark.parametrize(
    "model", [*OUTLIERS, LocalOutlierFactor(novelty=True)], ids=lambda model: type(model).__name__
)
@pytest.mark.parametrize("kind", ["predicted", "inliers alone"])
def test_an_outlier_detector_has_its_border_where_its_decision_function_is_0(model, kind):
    model.fit(X)
    y = model.predict(X) if kind == "predicted" else np.ones(len(X), int)
    ax = draw(model, y)
    scores = model.decision_function(points())
    red = colors(ax)[:, 0] - colors(ax)[:, 2]
    inside = np.abs(scores) > 0.02 * np.ptp(scores)
    np.testing.assert_array_equal(red[inside] > 0, model.predict(points())[inside] == 1)
    assert bar_of(ax).get_ylabel() == "decision function of class 1"
    np.testing.assert_allclose(bar_of(ax).get_ylim(), [scores.min(), scores.max()])
    assert {str(label) for label in np.unique(y)} <= set(legend_of(ax)) <= {"-1", "1"}
    hard = draw(model, y, response_method="predict")
    check_areas(hard, model.predict(points()))


def test_labels_that_an_outlier_detector_does_not_predict_are_refused():
    with pytest.raises(
        ValueError, match=r"2 classes of the model, which are \[-1, 1\]\. Got \[0, 1\]"
    ):
        draw(OneClassSVM().fit(X), Y)


BINARY = [
    *[LogisticRegression(), SVC(), LinearSVC(), RidgeClassifier(), GaussianNB()],
    OneVsRestClassifier(LinearSVC()),
]


@pytest.mark.parametrize("model", BINARY, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("word", ["auto", "predict_proba", "decision_function", "predict"])
def test_words_for_the_response_mean_what_they_mean_in_scikit_learn(model, word):
    model.fit(X, Y)
    if word in ("predict_proba", "decision_function") and not hasattr(model, word):
        with pytest.raises(ValueError, match=f"response_method must be .* Got '{word}' instead"):
            draw(model, response_method=word)
        return
    theirs = DecisionBoundaryDisplay.from_estimator(
        model, X, response_method=word, grid_resolution=RESOLUTION, eps=0.5
    )
    frame = theirs.xx0.min(), theirs.xx0.max(), theirs.xx1.min(), theirs.xx1.max()
    plt.close("all")
    ax = draw(model, response_method=word, frame=frame)
    response, bar = theirs.response.ravel(), bar_of(ax)
    if word == "predict":
        assert bar is None
        check_areas(ax, response)
        return
    is_score = hasattr(model, "decision_function") and word != "predict_proba"
    assert bar.get_ylabel() == ("decision function" if is_score else "probability") + " of class 1"
    limits = (response.min(), response.max()) if is_score else (0, 1)
    np.testing.assert_allclose(bar.get_ylim(), limits, rtol=1e-5)
    red = colors(ax)[:, 0] - colors(ax)[:, 2]  # from blue over white to red
    middle = 0 if is_score else 0.5
    sure = np.abs(response - middle) > 1e-3
    np.testing.assert_array_equal(red[sure] > 0, response[sure] > middle)


def test_a_score_without_probabilities_is_drawn_unasked_and_probabilities_before_it():
    assert bar_of(draw(SVC().fit(X, Y))).get_ylabel() == "decision function of class 1"
    assert bar_of(draw(LogisticRegression().fit(X, Y))).get_ylabel() == "probability of class 1"


def test_the_border_of_a_score_is_where_it_is_0():
    model = SVC().fit(X, Y)
    for options in ({}, {"fill": "class"}, {"response_method": "decision_function"}):
        ends = border(draw(model, resolution=120, **options))
        assert len(ends) > 20
        assert np.abs(model.decision_function(ends)).max() < 0.02


def test_of_several_classes_scores_are_one_for_each():
    model = SVC(decision_function_shape="ovr").fit(X, THREE)
    scores = model.decision_function(points()).argmax(axis=1)
    check_areas(draw(model, THREE, response_method="decision_function"), scores)
    check_areas(draw(model, THREE), model.predict(points()))
    model = SVC(decision_function_shape="ovo").fit(X, THREE)
    check_areas(draw(model, THREE), model.predict(points()))
    with pytest.raises(ValueError, match=r"each pair of classes.* pass response_method='predict'"):
        draw(model, THREE, response_method="decision_function")


class Scores:
    """A model of a user's own: a score, and no names of classes."""

    def decision_function(self, x):
        return x[:, 0] - 1


def test_a_score_of_a_user_s_own_is_for_the_second_of_two_classes():
    ends = border(draw(Scores(), np.array(["no", "yes"])[Y]))
    np.testing.assert_allclose(ends[:, 0], 1)


@pytest.mark.parametrize(
    ("outputs", "y"),
    [
        (lambda p: special.expit(p @ np.array([[1.0, -1.0], [2.0, 0.5]])), Y),  # two sigmoids
        (lambda p: p @ np.array([[1.0, -1.0, 0.0], [2.0, 0.5, 1.0]]), THREE),  # logits
    ],
)
def test_outputs_that_are_no_probabilities_have_a_largest_one(outputs, y):
    with pytest.raises(ValueError, match=r"sum 1.*response_method='predict'|from_logits=True"):
        draw(outputs, y)
    ax = draw(outputs, y, response_method="predict")
    check_areas(ax, outputs(points()).argmax(axis=1))


def network(units, activation, loss, seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation)])
    model.compile(loss=loss)
    model.set_weights([np.linspace(-1, 1, 2 * units).reshape(2, units) + 0.3, -np.ones(units)])
    return model


@pytest.mark.parametrize("labels", [(0, 1), (3, 8), (-1, 1), ("no", "yes"), (1, 2)])
@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (2, "softmax")])
def test_a_network_s_outputs_are_those_of_any_two_labels(labels, units, activation):
    model = network(units, activation, None)
    ax = draw(model, np.array(labels)[Y])
    p = model.predict(points(), verbose=0)[:, -1]
    red = colors(ax)[:, 0] - colors(ax)[:, 2]
    assert 5 < (p > 0.5).sum() < len(p) - 5
    np.testing.assert_array_equal(red[np.abs(p - 0.5) > 0.01] > 0, p[np.abs(p - 0.5) > 0.01] > 0.5)
    assert legend_of(ax) == [str(label) for label in labels]
    assert bar_of(ax).get_ylabel() == f"probability of class {labels[1]}"


@pytest.mark.parametrize("labels", [(3, 8), (3.0, 8.0), (-1, 1), (False, True), ("b", "a")])
@pytest.mark.parametrize("model", [LogisticRegression(), SVC(), DecisionTreeClassifier()])
def test_a_classifier_has_any_two_labels(model, labels):
    y = np.array(labels)[Y]
    model.fit(X, y)
    ax = draw(model, y, fill="class")
    check_areas(ax, model.predict(points()))
    names = [f"{label:g}" if isinstance(label, float) else str(label) for label in model.classes_]
    assert legend_of(ax) == names
    single = draw(model, y[:30], X[:30], fill="class")  # of one of its classes
    np.testing.assert_array_equal(colors(single), colors(ax))


FORMS = {
    "strings": lambda y: np.array(["no", "yes"])[y],
    "objects": lambda y: np.array(["no", "yes"], object)[y],
    "list": lambda y: y.tolist(),
    "from 1": lambda y: y + 1,
    "-1 and 1": lambda y: 2 * y - 1,
    "floats": lambda y: 1.0 * y,
    "booleans": lambda y: y == 1,
    "(n, 1)": lambda y: y[:, None],
    "one-hot": lambda y: np.eye(2)[y],
    "Series": lambda y: pd.Series(y, index=np.arange(len(y))[::-1] + 7),
    "Series of strings": lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="string"),
    "nullable": lambda y: pd.Series(y, dtype="Int64"),
    "nullable booleans": lambda y: pd.Series(y == 1, dtype="boolean"),
    "Categorical": lambda y: pd.Categorical.from_codes(y, ["no", "yes"]),
    "Series of categories": lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="category"),
    "DataFrame": lambda y: pd.DataFrame({"y": y}),
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_every_form_give_the_same_areas_and_examples(form):
    def probability(p):
        return special.expit(p[:, 0] + p[:, 1] - 2)

    ax, plain = draw(probability, FORMS[form](Y)), draw(probability, Y)
    np.testing.assert_array_equal(colors(ax), colors(plain))
    groups = [[g for g in one.collections if len(g.get_offsets()) > 2] for one in (ax, plain)]
    for mine, theirs in zip(*groups, strict=True):
        np.testing.assert_array_equal(mine.get_offsets(), theirs.get_offsets())
    assert len(groups[0]) == len(legend_of(ax)) == 2


@pytest.mark.parametrize("form", ["strings", "from 1", "-1 and 1", "booleans", "Categorical"])
def test_a_classifier_that_was_fitted_on_labels_of_a_form_is_drawn_with_them(form):
    y = FORMS[form](Y)
    for model in (LogisticRegression(), SVC(), KNeighborsClassifier()):
        model.fit(X, y)
        check_areas(draw(model, y, fill="class"), model.predict(points()).tolist())


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
@pytest.mark.parametrize(
    "model",
    [
        *[SVC(), GaussianNB(), KMeans(2, n_init=1), IsolationForest(random_state=0)],
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(StandardScaler(), KMeans(2, n_init=1)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_was_fitted_on_a_data_frame_gets_one_and_labels_the_axes(model):
    table, array = pd.DataFrame(X, columns=COLUMNS), X
    model.fit(table, Y)
    y = model.predict(table)
    ax = draw(model, y, table)
    assert [ax.get_xlabel(), ax.get_ylabel()] == COLUMNS
    assert not ax.yaxis.label.get_parse_math()
    np.testing.assert_array_equal(colors(draw(model, y, array)), colors(ax))
    turned = draw(model, y, table[COLUMNS[::-1]], frame=(*FRAME[2:], *FRAME[:2]))
    assert [turned.get_xlabel(), turned.get_ylabel()] == COLUMNS[::-1]
    side = RESOLUTION, RESOLUTION, -1
    flipped = colors(turned).reshape(side).swapaxes(0, 1).reshape(RESOLUTION**2, -1)
    np.testing.assert_allclose(flipped, colors(ax), atol=1e-12)


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_what_was_fitted_on_an_array_gets_one_also_if_the_examples_are_a_data_frame():
    table = pd.DataFrame(X, columns=COLUMNS).convert_dtypes()  # also of dtypes of pandas
    ax = draw(SVC().fit(X, Y), Y, table)
    assert [ax.get_xlabel(), ax.get_ylabel()] == COLUMNS
    draw(lambda p: p[:, 0] > 1, Y, table)
    assert draw(SVC().fit(X, Y)).get_xlabel() == "$x_1$"


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")
def test_the_sheet_of_probabilities_takes_a_data_frame_too():
    table = pd.DataFrame(X, columns=COLUMNS)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, Y)
    ax = plot_probability_surface(model, table, Y)
    assert [ax.get_xlabel(), ax.get_ylabel()] == COLUMNS


def test_columns_that_the_model_does_not_know_are_refused():
    model = SVC().fit(pd.DataFrame(X, columns=["a", "b"]), Y)
    rule = r"X must have the columns that the model was fitted on, a, b\. Got a, c instead"
    with pytest.raises(ValueError, match=rule):
        draw(model, Y, pd.DataFrame(X, columns=["a", "c"]))


def test_numbers_of_a_regressor_have_their_border_half_way_between_two_labels():
    for low, high in ((0, 1), (-1, 1), (3, 8)):
        y = np.array([low, high])[Y]
        model = LinearRegression().fit(X, y)
        for word in (None, "auto", "predict"):
            ax = draw(model, y, response_method=word)
            np.testing.assert_allclose(model.predict(border(ax)), (low + high) / 2, atol=1e-5)
            assert bar_of(ax).get_ylabel() == "prediction"
            np.testing.assert_allclose(bar_of(ax).get_ylim(), [low, high])
    with pytest.raises(ValueError, match=r"two numbers for a regressor .* Got 3 labels"):
        draw(Ridge().fit(X, THREE), THREE)
    with pytest.raises(ValueError, match=r"that the model was fitted on\. Got predictions from"):
        draw(LinearRegression().fit(X, Y + 100), Y)
    with pytest.raises(ValueError, match=r"must predict probabilities or classes"):
        plot_probability_surface(LinearRegression().fit(X, Y), X, Y)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (3, 8)])
def test_a_linear_output_that_is_fitted_to_the_labels_is_one_of_a_regressor(low, high):
    model = network(1, None, "mse")
    w, b = model.get_weights()
    model.set_weights([w * (high - low), b + (low + high) / 2])
    ends = border(draw(model, np.array([low, high])[Y]))
    np.testing.assert_allclose(model.predict(ends, verbose=0), (low + high) / 2, atol=1e-4)
    with pytest.raises(ValueError, match="must predict probabilities or classes"):
        draw(network(1, None, None), Y)


def test_a_perceptron_s_output_between_minus_1_and_1_has_its_border_at_0():
    ends = border(draw(lambda p: np.tanh(p[:, 0] - 1), 2 * Y - 1, resolution=60))
    np.testing.assert_allclose(ends[:, 0], 1, atol=0.01)


@pytest.mark.parametrize("units", [1, 3])
def test_logits_are_known_by_the_loss(units):
    name = "SparseCategoricalCrossentropy" if units > 1 else "BinaryCrossentropy"
    model = network(units, None, getattr(keras.losses, name)(from_logits=True))
    y = THREE if units > 1 else Y
    ax, told = draw(model, y), draw(network(units, None, None), y, from_logits=True)
    np.testing.assert_array_equal(colors(ax), colors(told))
    logits = model.predict(points(), verbose=0)
    largest = logits.argmax(axis=1) if units > 1 else logits[:, 0] > 0
    check_areas(draw(model, y, fill="class"), largest)


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_probabilities_are_taken_for_logits_by_no_mistake_of_the_loss(name):
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    units = 3 if name == "softmax" else 1
    loss = loss if units == 3 else keras.losses.BinaryCrossentropy(from_logits=True)
    mistaken, plain = network(units, name, loss), network(units, name, None)
    y = THREE if units == 3 else Y
    np.testing.assert_array_equal(colors(draw(mistaken, y)), colors(draw(plain, y)))


@pytest.mark.parametrize(
    ("predicted", "y", "legend"),
    [
        ([3, 8], [3, 8], ["3", "8"]),
        ([3.0, 8.0], [3, 8], ["3", "8"]),
        ([-1.0, 1.0], [1, 1], ["-1", "1"]),
        ([0, 2], [0, 1], ["0", "1", "2"]),
        ([True, False], [0, 1], ["0", "1"]),
        (["b", "a"], ["a", "b"], ["a", "b"]),
    ],
)
def test_a_function_s_classes_are_drawn_where_y_lacks_some(predicted, y, legend):
    values = np.array(predicted)

    def model(p):
        return values[(p[:, 0] > 1).astype(int)]

    ax = draw(model, np.array(y)[Y])
    check_areas(ax, points()[:, 0] > 1)
    assert legend_of(ax) == legend


@pytest.mark.parametrize(
    ("predicted", "y"), [([-1, 1], [0, 1]), ([-1.0, 1.0], [0, 1]), ([3, 8], [0, 1]), ([0, 1], "ab")]
)
def test_classes_that_do_not_meet_those_of_y_are_refused(predicted, y):
    values, y = np.array(predicted), np.array(list(y))[Y]
    rule = r"must predict probabilities or classes of y\. Got the classes .* the labels that the"
    with pytest.raises(ValueError, match=rule):
        draw(lambda p: values[(p[:, 0] > 1).astype(int)], y)


def test_names_among_the_labels_are_found_in_the_names_of_classes():
    y = np.array(["dog", "cat"])[Y]  # a network has "dog" first, "cat" is first in the alphabet

    def model(p):
        return special.expit(4 * p[:, 0] - 4)

    ax = draw(model, y, class_names=["dog", "cat"])
    assert bar_of(ax).get_ylabel() == "probability of class cat"
    shown = {g.get_label(): g.get_offsets() for g in ax.collections if len(g.get_offsets()) > 2}
    np.testing.assert_array_equal(shown["cat"], X[y == "cat"])
    estimator = LogisticRegression().fit(X, y)
    for names in (["dog", "cat"], ["cat", "dog"]):
        ax = draw(estimator, y, class_names=names)
        assert bar_of(ax).get_ylabel() == "probability of class dog"
    with pytest.raises(ValueError, match="class_names must hold each name in y, or none of them"):
        draw(estimator, y, class_names=["cat", "wolf"])


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (DBSCAN(), {}, r"must predict.* Got DBSCAN\(\) instead: fit a classifier on its labels"),
        (LocalOutlierFactor(), {}, r"must predict.* instead: pass it novelty=True"),
        (
            SVC(decision_function_shape="ovo").fit(X, THREE),
            {"y": Y + 7},
            r"y must have the 3 class",
        ),
        (
            lambda p: p,
            {"response_method": "proba"},
            r"response_method must be one of auto, predict",
        ),
        (
            lambda p: p[:, 0] > 0,
            {"response_method": "decision_function"},
            r"must be a method of the model, 'predict_proba' or 'predict'\. Got 'decision_f",
        ),
        (
            LogisticRegression().fit(X, Y),
            {"from_logits": True},
            r"from_logits must be False .* Got True and predict_proba",
        ),
        (
            LogisticRegression().fit(np.hstack([X, X]), Y),
            {},
            r"the model must have two features.* Got 4 instead: fit it on two columns",
        ),
        (
            DecisionTreeClassifier().fit(X, np.stack([Y, Y], 1)),
            {},
            r"must predict one class for each point: .* Got a model of 2 outputs instead",
        ),
        (SVC().fit(X, Y), {"levels": [0.3]}, r"levels are for probabilities\. Got a decision func"),
    ],
)
def test_where_nothing_can_be_drawn_the_error_says_what_to_do(model, options, message):
    with pytest.raises(ValueError, match=message):
        draw(model, **options)
    assert plt.get_fignums() == []


def test_a_network_of_other_inputs_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    with pytest.raises(ValueError, match=r"two features.* Got 3 instead: fit it on two columns"):
        draw(model)


def halves(p):
    return special.expit(p[:, 0] - p[:, 1])


def classes_of_ten(p):
    return np.eye(10)[np.clip(5 + np.floor(p[:, 0]), 0, 9).astype(int)]


UNIFORM = RNG.uniform(-5, 5, (300, 2))
TEN = np.clip(5 + np.floor(UNIFORM[:, 0]), 0, 9).astype(int)
LONG = [f"the long name of class number {number}" for number in range(10)]


@pytest.mark.parametrize("layout", ["constrained", *slow(None)])
@pytest.mark.parametrize("figsize", [(5.6, 4.2), (3, 3), *slow((9, 3))])
@pytest.mark.parametrize("names", [None, LONG])
@pytest.mark.parametrize(
    ("model", "x", "y"),
    [(halves, X, Y), (halves, UNIFORM, TEN > 4), (classes_of_ten, UNIFORM, TEN)],
    ids=["room in a corner", "two classes all over", "ten classes all over"],
)
def test_the_legend_covers_no_example(model, x, y, names, figsize, layout):
    figure, ax = plt.subplots(figsize=figsize, layout=layout)
    names = names and names[: max(y) + 1]
    plot_decision_boundary(model, x, y, resolution=20, class_names=names, ax=ax)
    figure.draw_without_rendering()
    box = ax.get_legend().get_window_extent()
    pixels = ax.transData.transform(x)
    inside = ((box.min < pixels) & (pixels < box.max)).all(axis=1)
    assert not inside.any()
    assert len(legend_of(ax)) == max(y) + 1
    assert ax.bbox.height > 0.15 * figure.bbox.height and ax.bbox.width > 0.1 * figure.bbox.width
    bar = bar_of(ax)
    if bar is not None:
        assert bar.bbox.height == pytest.approx(ax.bbox.height, rel=0.02)


def test_lines_of_units_have_a_place_in_the_legend():
    model = MLPClassifier((6,), solver="lbfgs", max_iter=30, random_state=1).fit(X, Y)
    ax = draw(model, hidden_lines=True)
    assert legend_of(ax) == ["0", "1", "first-layer unit"]
    assert ax.get_legend().legend_handles[-1].get_linestyle() == "--"
    assert legend_of(draw(model)) == ["0", "1"]


def test_in_a_dark_style_no_class_is_white_on_white():
    with plt.style.context("dark_background"):
        ax = plot_decision_boundary(classes_of_ten, UNIFORM, TEN, resolution=20)
    groups = [group for group in ax.collections if group.get_offsets().size > 2]
    assert len(groups) == 10
    assert "#ffffff" not in {to_hex(group.get_facecolor()[0]) for group in groups}


@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_probabilities_are_not_taken_for_logits(units, activation):
    model = network(units, activation, None)
    with pytest.raises(ValueError, match=f"must be False for a model that ends in .* {activation}"):
        draw(model, from_logits=True)


def with_two_outputs():
    inputs = keras.Input((2,))
    outputs = [keras.layers.Dense(units, activation="softmax")(inputs) for units in (2, 3)]
    return keras.Model(inputs, outputs)


def with_two_inputs():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    return keras.Model(inputs, keras.layers.Add()(inputs))


def two_arrays(points):
    return [np.ones(len(points)), np.ones((len(points), 3))]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LogisticRegression, "must be an instance.* Got the class LogisticRegression"),
        (with_two_outputs, "must have one output: .* Got 2 outputs instead"),
        (with_two_inputs, "must have one input: .* Got 2 inputs instead"),
        (lambda: two_arrays, "must have one output. Got 2 of them instead"),
        (lambda: lambda points: {"a": points[:, 0], "b": points[:, 1]}, "must have one output"),
    ],
)
def test_a_model_of_several_outputs_and_a_class_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        draw(make())


def test_rows_in_a_list_are_the_output_of_a_function():
    ax = draw(lambda points: [[1 - p, p] for p in special.expit(points[:, 0])])
    assert ax.images


def test_a_second_drawing_in_the_same_axes_has_the_one_color_bar():
    model = LogisticRegression().fit(X, Y)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    for _ in range(2):
        for ax in axes:
            draw(model, ax=ax)
    assert len(figure.axes) == 4
    draw(model, ax=axes[0], response_method="decision_function", class_names=["a", "b"])
    labels = [ax.get_ylabel().replace("\n", " ") for ax in figure.axes[2:]]
    assert labels == ["decision function of class b", "probability of class 1"]
    draw(model, ax=axes[0], fill="class")
    assert len(figure.axes) == 3


@pytest.mark.parametrize("size", [(3, 2.4), (4, 3), (6, 4)])
def test_the_labels_of_a_small_figure_lie_within_it(size):
    figure, ax = plt.subplots(figsize=size)
    draw(LogisticRegression().fit(X, Y), ax=ax)
    draw(LogisticRegression().fit(X, Y), ax=ax)
    boxes = [one.get_tightbbox() for one in figure.axes]
    assert min(box.x0 for box in boxes) > -1 and max(box.x1 for box in boxes) < figure.bbox.x1 + 1
    assert boxes[0].x1 < figure.axes[1].get_window_extent().x0
