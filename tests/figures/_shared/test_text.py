"""Check that all figures show text from users literally, and never cut titles."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

from mlcourse import figures, optimizers
from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult, LearningRateSweep
from mlcourse.evaluation import calibration
from mlcourse.figures._shared.text import checked_formula, escaped
from mlcourse.figures._shared.titles import set_title
from mlcourse.initializers import signal_propagation
from mlcourse.inspection import LossLandscape
from mlcourse.interactive import boundary_by_depth, weight_updates
from mlcourse.optimizers.schedules import Schedule, constant
from mlcourse.tuning.ablation import Ablation, Fit
from mlcourse.tuning.trials import Trial, Trials
from tests.figures.small_classifier import GrowingClassifier

HOSTILE = {
    "broken formula": "rent in $_per_$ night",
    "dollars": "$0-$50",
    "underscore": "_private",
    "braces": r"{x}^2_\frac",
    "markup": "<b>&",
    "lines": "one\ntwo",
    "percent": "50% of 100%",
    "backslash": "a\\$b$ \\",
    "unit": "cost in $ per m$^2",
}
QUICK = "backslash", "underscore"
TEXTS = [
    pytest.param(text, id=name, marks=[] if name in QUICK else pytest.mark.slow)
    for name, text in HOSTILE.items()
]
X = np.linspace(0, 1, 4 * 8 * 8).reshape(4, 8, 8)
Y = np.array([0, 1, 1, 0])
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.0], [0.2, 0.7]])
NETWORK = [np.ones((2, 3)), np.ones((3, 1))]


def binary_probabilities(points):
    return np.full((len(points), 1), 0.4)


def three_class_probabilities(points):
    return np.eye(3)[np.arange(len(points)) % 3]


def trials(name, objective, value):
    trial_list = [
        Trial(k, {name: value if k % 2 else "b", "units": k}, "completed", score=k / 4)
        for k in range(4)
    ]
    return Trials(objective, 1, 4, trial_list)


def ablation(variant, metric):
    fits = [
        Fit(name, k, {metric: 0.8 + k / 50}, 2.0) for name in (variant, "wide") for k in range(2)
    ]
    return Ablation({variant: {}, "wide": {}}, 2, [metric], fits)


def finder_result(metric):
    rates = np.geomspace(1e-4, 1, 50)
    losses = np.log10(rates / 0.01) ** 2
    return LearningRateFinderResult((LearningRateSweep(rates, losses, {metric: losses}),))


AXIS = np.linspace(-1, 1, 3)
FIGURES = {
    "animate_descent": lambda t: figures.animate_descent(
        {t: optimizers.find("sgd")}, steps=2, frames=2, title=t
    ),
    "animate_training": lambda t: figures.animate_training(
        GrowingClassifier([0.5]),
        POINTS,
        Y,
        epochs=1,
        frames=2,
        progress=False,
        class_names=["a", t],
        title=t,
    ),
    "plot_predictions": lambda t: figures.plot_predictions(
        X, Y, PROBABILITIES, rows=2, cols=2, class_names=[t, "b"], title=t
    ),
    "plot_augmented": lambda t: figures.plot_augmented(X[0], title=t),
    "plot_optimization_history": lambda t: figures.plot_optimization_history(
        {t: trials("a", t, "c"), "b": trials("a", t, "c")}, title=t
    ),
    "plot_calibration": lambda t: figures.plot_calibration(
        {t: calibration(Y, PROBABILITIES)}, title=t
    ),
    "plot_class_balance": lambda t: figures.plot_class_balance(
        {t: Y, "test": Y}, class_names=[t, "b"], title=t
    ),
    "plot_confusion_matrix": lambda t: figures.plot_confusion_matrix(
        [[3, 1], [0, 2]], [t, "b"], title=t
    ),
    "plot_decision_boundary": lambda t: figures.plot_decision_boundary(
        binary_probabilities, POINTS, Y, class_names=["a", t], title=t
    ),
    "plot_decision_boundary of classes": lambda t: figures.plot_decision_boundary(
        three_class_probabilities, POINTS, [0, 1, 2, 0], class_names=["a", t, "c"], title=t
    ),
    "plot_convolution": lambda t: figures.plot_convolution(X[0], np.ones((2, 2)), title=t),
    "plot_filter_maps": lambda t: figures.plot_filter_maps(X[0], np.ones((2, 3, 3, 1)), title=t),
    "plot_descent_loss": lambda t: figures.plot_descent_loss(
        {t: optimizers.find("sgd")}, steps=5, title=t
    ),
    "plot_digit_prediction": lambda t: figures.plot_digit_prediction(
        np.zeros((28, 28)),
        {t: binary_probabilities},
        lambda x: x[:, :2],
        binary_probabilities,
        POINTS,
        Y,
        class_names=[t, "b"],
        title=t,
    ),
    "plot_ablation": lambda t: figures.plot_ablation(
        {t: ablation(t, "test_accuracy"), "b": ablation(t, "test_accuracy")}, title=t
    ),
    "plot_ablation of metrics": lambda t: figures.plot_ablation(ablation("base", t), title=t),
    "plot_feature_maps": lambda t: figures.plot_feature_maps(
        X[0], {t: np.ones((4, 4, 3))}, title=t
    ),
    "plot_filters": lambda t: figures.plot_filters(np.ones((4, 3, 3, 3)), title=t),
    "plot_grad_cam": lambda t: figures.plot_grad_cam(X[:2], X[:2], captions=[t, t], title=t),
    "plot_gradient_noise": lambda t: figures.plot_gradient_noise(
        {t: optimizers.find("sgd")}, steps=5, n_runs=4, title=t
    ),
    "plot_layer_bars": lambda t: figures.plot_layer_bars({t: 0.5, "b": 1}, label=t, title=t),
    "plot_learning_rate_finder": lambda t: figures.plot_learning_rate_finder(
        finder_result(t), title=t
    ),
    "plot_misclassified": lambda t: figures.plot_misclassified(
        X, Y, 1 - PROBABILITIES, rows=2, cols=2, class_names=[t, "b"], title=t
    ),
    "plot_neighbors": lambda t: figures.plot_neighbors(
        X, Y, POINTS, 0, class_names=[t, "b"], axis_names=[t, "b"], title=t
    ),
    "plot_occlusion": lambda t: figures.plot_occlusion(X[:2], -X[:2], captions=[t, t], title=t),
    "plot_optimizer_comparison": lambda t: figures.plot_optimizer_comparison(
        {t: optimizers.find("sgd")}, steps=5, title=t
    ),
    "plot_optimizers": lambda t: figures.plot_optimizers(
        None, 5, {t: optimizers.find("sgd")}, title=t
    ),
    "plot_parallel_coordinates": lambda t: figures.plot_parallel_coordinates(
        trials(t, t, t), title=t
    ),
    "plot_probabilities": lambda t: figures.plot_probabilities(
        X[0], [0.3, 0.7], class_names=[t, "b"], label=0, title=t
    ),
    "plot_probability_surface": lambda t: figures.plot_probability_surface(
        binary_probabilities, POINTS, Y, class_names=["a", t], title=t
    ),
    "plot_saliency": lambda t: figures.plot_saliency(X[:2], X[:2], captions=[t, t], title=t),
    "plot_saliency of signals": lambda t: figures.plot_saliency(
        X[:2, 0], X[:2, 0], captions=[t, t], title=t
    ),
    "plot_samples": lambda t: figures.plot_samples(
        X, Y, rows=2, cols=2, class_names=[t, "b"], title=t
    ),
    "plot_schedules": lambda t: figures.plot_schedules(
        {t: constant(0.1), "b": constant(0.2)}, title=t
    ),
    "plot_schedules by name": lambda t: figures.plot_schedules(
        Schedule(t, lambda step: 0.1 + 0 * step, r"\eta_t")
    ),
    "plot_signal_propagation": lambda t: figures.plot_signal_propagation(
        {t: signal_propagation(depth=3, width=8, n_examples=9), "b": signal_propagation(depth=3)}
    ),
    "plot_surface": lambda t: figures.plot_surface(
        "saddle", optimizers={t: optimizers.find("sgd")}, steps=5, title=t
    ),
    "plot_loss_landscape": lambda t: figures.plot_loss_landscape(
        LossLandscape(
            AXIS, AXIS, np.eye(3) + 1, (), {t: np.eye(2)}, {t: np.ones(2)}, np.array([0.9, 0.1])
        ),
        title=t,
    ),
    "plot_basins": lambda t: figures.plot_basins("sgd", "saddle", steps=5, resolution=3, title=t),
    "plot_batch_losses": lambda t: figures.plot_batch_losses([0.9, 0.7], [0.8], title=t),
    "plot_convergence_map": lambda t: figures.plot_convergence_map(
        "sgd", "saddle", steps=5, resolution=3, title=t
    ),
    "plot_nesterov": lambda t: figures.plot_nesterov(None, title=t),
    "plot_slice": lambda t: figures.plot_slice(trials(t, t, t), title=t),
    "plot_update_ratios": lambda t: figures.plot_update_ratios(
        {"iterations": [0, 100], t: [0.01, 0.002]}, title=t
    ),
    "plot_misclassified_pairs": lambda t: figures.plot_misclassified_pairs(
        X,
        np.transpose([Y, Y]),
        (1 - PROBABILITIES, PROBABILITIES),
        rows=2,
        cols=2,
        class_names=[t, "b"],
        title=t,
    ),
    "interactive.boundary_by_depth": lambda t: boundary_by_depth(POINTS, Y, title=t),
    "interactive.weight_updates": lambda t: weight_updates([[np.ones((2, 1))]], title=t),
}
"""Calls of all functions with text arguments, with the same text for all of them."""

WITHOUT_USER_TEXT = {  # or only with one of several known names
    "draw_neural_net",
    "plot_activation",
    "plot_backpropagation",
    "plot_explanation",
    "plot_tensor_shapes",
}
TESTED_ELSEWHERE = {"dashboard", "plot_history", "plot_loss_landscape"}
WITH_MODELS = {"plot_model_graph"}  # below


def figure_of(result):
    """Return the Figure of the result of a figure function."""
    for name in ("figure", "_fig"):
        result = getattr(result, name, result)
    return result.get_figure(root=True) if hasattr(result, "get_figure") else result


def visible_texts(figure):
    """Return the visible texts of a drawn figure, without spaces and line breaks."""
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    return [flat(text.get_text()) for text in texts]


def flat(text):
    return "".join(text.split())


def test_every_public_figure_has_a_call_or_a_reason():
    names = {name for name in figures.__all__ if name.startswith(("plot_", "draw_", "anim"))}
    called = {name.split(" ")[0] for name in FIGURES if "." not in name}
    assert names | {"dashboard"} == called | WITHOUT_USER_TEXT | TESTED_ELSEWHERE | WITH_MODELS


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", FIGURES)
def test_text_is_shown_literally(name, text):
    with mpl.rc_context({"figure.max_open_warning": 0}):
        figure = figure_of(FIGURES[name](text))
        figure.canvas.draw()
    forms = [flat(text), flat(text.replace("_", " "))]  # names of metrics are in words
    texts = [
        one for one in figure.findobj(Text) if any(form in flat(one.get_text()) for form in forms)
    ]
    mixed = [one for one in figure.findobj(Text) if flat(escaped(text)) in flat(one.get_text())]
    assert texts or mixed, visible_texts(figure)
    for one in texts:
        if one.get_visible() and text.count("$") > text.count("\\$"):
            assert not one.get_parse_math() or one in mixed, one


@pytest.mark.parametrize("name", FIGURES)
def test_a_title_or_label_that_the_user_sets_afterwards_may_have_a_formula(name):
    figure = figure_of(FIGURES[name]("plain"))
    for ax in figure.axes:
        assert ax.title.get_parse_math()
        assert ax.xaxis.label.get_parse_math() and ax.yaxis.label.get_parse_math()


@pytest.mark.parametrize("name", FIGURES)
def test_a_legend_has_an_entry_for_a_name_that_begins_with_an_underscore(name):
    counts = []
    for text in ("private", "_private"):
        figure = figure_of(FIGURES[name](text))
        legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
        counts.append([len(legend.get_texts()) for legend in legends])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a long title of a figure " * 12, id="words"),
        pytest.param("W" * 160, id="W", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", FIGURES)
def test_no_title_is_cut(name, text):
    figure = figure_of(FIGURES[name](text.strip()))
    figure.canvas.draw()
    parts = [figure, *figure.subfigs]
    titles = [part._suptitle for part in parts if part._suptitle is not None]
    titles += [title for ax in figure.axes for title in (ax.title, ax._left_title)]
    titles = [title for title in titles if title.get_text()]
    for title in titles:
        box = title.get_window_extent()
        assert figure.bbox.x0 - 1 <= box.x0 and box.x1 <= figure.bbox.x1 + 1, title
        assert figure.bbox.y0 - 1 <= box.y0 and box.y1 <= figure.bbox.y1 + 1, title
        assert title.get_fontsize() >= 10


def test_a_title_without_layout_engine_is_wrapped_and_lowers_the_axes():
    figure, ax = plt.subplots(figsize=(4, 3))
    set_title(ax, "a long title of a figure " * 8)
    figure.canvas.draw()
    box = ax.title.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
    assert ax.title.get_text().replace("\n", " ") == ("a long title of a figure " * 8).strip()


def test_a_title_of_a_figure_without_layout_engine_is_above_the_axes():
    figure = plt.figure(figsize=(4, 3))
    figures.plot_samples(X, Y, 2, 2, title="a long title of a figure " * 5, fig=figure)
    figure.canvas.draw()
    title = figure._suptitle.get_window_extent()
    assert all(ax.get_tightbbox().y1 <= title.y0 + 1 for ax in figure.axes)
    assert tuple(figure.get_size_inches()) == (4, 3)


def test_a_new_figure_grows_by_the_lines_of_its_title():
    short, long = (
        figures.plot_confusion_matrix([[1, 0], [0, 1]], ["a", "b"], title=title)
        for title in ("short", "a long title of a matrix " * 6)
    )
    for ax in (short, long):
        ax.figure.canvas.draw()
    grown = long.figure.bbox.height - short.figure.bbox.height
    lines = [ax.title.get_window_extent().height for ax in (short, long)]
    assert abs(grown - (lines[1] - lines[0])) < 3
    assert long.bbox.width == pytest.approx(short.bbox.width, rel=0.03)


def test_a_long_caption_ends_with_an_ellipsis():
    figure = figures.plot_samples(X, Y, 2, 2, class_names=["word " * 80, "b"])
    title = figure.axes[0].get_title()
    assert title.count("\n") == 2 and title.endswith("…")


@pytest.mark.parametrize("formula", [r"\frac{", "a$b", "_", r"\nosuchcommand"])
def test_an_invalid_formula_raises_before_a_figure_is_created(formula):
    with pytest.raises(ValueError, match=r"formula must be LaTeX .* Got "):
        checked_formula(formula)
    with pytest.raises(ValueError, match="formula must be LaTeX"):
        figures.plot_schedules(Schedule("mine", lambda t: t, formula))
    assert not plt.get_fignums()


def test_built_in_titles_have_formulas():
    ax = figures.plot_activation("sigmoid")
    assert "$" in ax.get_title() and ax.title.get_parse_math()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_names_of_layers_are_shown_literally_in_a_graph(text):
    keras = pytest.importorskip("keras")
    inside = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="inside")
    model = keras.Sequential([keras.Input((3,)), inside])
    inside.name = text.replace("\n", " ")
    ax = figures.plot_model_graph(model, title=text)
    ax.figure.canvas.draw()
    assert ax.title.get_text() == text
    assert flat(text) in flat("".join(one.get_text() for one in ax.texts))


DARK = {
    "axvline of class balance": lambda: figures.plot_class_balance({"a": Y}).lines[0].get_color(),
    "ring of neighbours": lambda: (
        figures.plot_neighbors(X, Y, POINTS, 0).axes[0].lines[0].get_markeredgecolor()
    ),
    "axes of parallel coordinates": lambda: (
        figures.plot_parallel_coordinates(trials("a", "b", 1)).lines[0].get_color()
    ),
    "seventh curve": lambda: (
        figures.plot_descent_loss({str(k): optimizers.find("sgd") for k in range(7)}, steps=3)
        .lines[6]
        .get_color()
    ),
    "formula": lambda: (
        figures.plot_backpropagation(NETWORK, [1, 2], [1], (1, 1, 1)).texts[-1].get_color()
    ),
    "number of a bar": lambda: figures.plot_layer_bars({"a": 0.5}).texts[0].get_color(),
}


@pytest.mark.parametrize("name", DARK)
def test_lines_and_text_on_a_dark_background_are_light(name):
    with plt.style.context("dark_background"):
        assert sum(mpl.colors.to_rgb(DARK[name]())) > 2


def test_boxes_are_dark_in_a_dark_style():
    keras = pytest.importorskip("keras")
    with plt.style.context("dark_background"):
        ax = figures.plot_model_graph(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
        texts = {one.get_text(): one.get_color() for one in ax.texts}
        box = figures.plot_layer_bars({"a": 0.5}).texts[0].get_bbox_patch()
    assert texts["Dense 2"] == texts["8 parameters in all"] == "white"
    assert sum(box.get_facecolor()[:3]) == 0
