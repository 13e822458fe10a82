"""Test the calls of older course notebooks, unchanged except for the import."""

import warnings

import keras
import keras_tuner
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from scipy import special
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV

import mlcourse
from mlcourse import *  # noqa: F403
from mlcourse import (
    CyclicLR,
    KerasClassifier,
    TrainingPlot,
    activation,
    activation_derivative,
    dashboard,
    draw_neural_net,
    plot_activation,
    plot_confusion_matrix,
    plot_nesterov,
    plot_optimizers,
    plot_samples,
    training,
)
from mlcourse.scratch import (
    BCE,
    GD,
    AccCallback,
    Affine,
    Data,
    Dataloader,
    Learner,
    Model,
    Relu,
    Sampler,
    Sigmoid,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 4)).astype("float32"), RNG.integers(0, 2, 64)
IMAGES, LABELS = RNG.random((300, 8, 8, 3)), RNG.integers(0, 10, (300, 1))
CLASSES = "plane car bird cat deer dog frog horse ship truck".split()  # noqa: SIM905
OF_COURSE = """
    draw_neural_net activation activation_derivative plot_activation plot_optimizers opt_names
    plot_nesterov TrainingPlot CyclicLR KerasClassifier plot_samples plot_confusion_matrix dashboard
"""


@pytest.fixture(autouse=True)
def as_in_a_notebook():
    """Turn warnings into errors, and close all figures."""
    with warnings.catch_warnings(), mpl.rc_context():
        mpl.rcdefaults()
        warnings.simplefilter("error")
        for hidden in (
            DeprecationWarning,
            PendingDeprecationWarning,
            ImportWarning,
            ResourceWarning,
        ):
            warnings.simplefilter("ignore", hidden)
        yield
    plt.close("all")


def make_model(units=8):
    layers = (
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dense(2, activation="softmax"),
    )
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def overlaps(ax, others):
    """Return whether the legend of Axes overlaps other Axes or leaves the figure."""
    box, whole = ax.get_legend().get_window_extent(), ax.figure.bbox
    is_out = box.x0 < whole.x0 or box.x1 > whole.x1 or box.y0 < whole.y0 or box.y1 > whole.y1
    return is_out or any(box.overlaps(other.get_tightbbox()) for other in others if other is not ax)


# network diagrams


def test_everything_comes_with_one_import():
    assert set(OF_COURSE.split()) <= globals().keys()
    assert set(OF_COURSE.split()) <= set(mlcourse.__all__)


def edge_colours(**options):
    _, ax = plt.subplots(figsize=(4, 4))
    draw_neural_net(ax, [6, 5, 5, 3], random_weights=True, draw_bias=True, **options)
    return np.vstack(
        [lines.get_colors() for lines in ax.collections if isinstance(lines, LineCollection)]
    )


def after_seed(i, **options):
    np.random.seed(i)  # noqa: NPY002
    return edge_colours(**options)


def test_random_weights_follow_numpy_s_seed_in_a_slider():
    first, again, other = after_seed(1), after_seed(1), after_seed(2)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (edge_colours() != other).any()  # the random state has changed


def test_with_a_seed_of_their_own_random_weights_leave_numpy_s_state_alone():
    np.testing.assert_array_equal(after_seed(1, seed=5), after_seed(2, seed=5))
    before = np.random.get_state()[1:3]  # noqa: NPY002
    edge_colours(seed=5)
    draw_neural_net(None, [6, 5, 3], labels=True)
    after = np.random.get_state()[1:3]  # noqa: NPY002
    assert (before[0] == after[0]).all() and before[1] == after[1]


def masks(seed=None):
    ax = draw_neural_net(None, [4, 20, 2], dropout=0.5, seed=seed)
    return [
        len(lines.get_segments()) for lines in ax.collections if isinstance(lines, LineCollection)
    ]


def test_dropout_without_a_seed_follows_numpy_s_seed_too():
    counts = []
    for i in (1, 1, 2, 3, 4):
        np.random.seed(i)  # noqa: NPY002
        counts.append(masks())
    assert counts[0] == counts[1] and len(set(map(tuple, counts))) > 1


def shown(ax):
    ax.figure.canvas.draw()
    texts = [text for text in ax.texts if text.get_visible() and text.get_text()]
    return {text.get_text(): text for text in texts}


def test_a_small_logistic_regression_has_its_labels():
    _, ax = plt.subplots(figsize=(2.4, 2.4))
    draw_neural_net(ax, [4, 1], draw_bias=True, labels=True, activation=True, sigmoid=True)
    words = shown(ax)
    units = {f"$x_{{{number}}}$" for number in range(1, 5)} | {"$z$", r"$\sigma$", "1"}
    assert units <= words.keys()
    assert min(text.get_fontsize() for text in words.values()) >= 6
    ax.figure.set_size_inches(1.5, 1.5)
    assert not units & {word for word in shown(ax) if word != "1"}


def test_activations_on_four_axes_have_one_legend_of_the_figure():
    fig, axes = plt.subplots(1, 4, figsize=(10, 2))
    for function, ax in zip(("sigmoid", "tanh", "relu", "leaky_relu"), axes, strict=True):
        assert plot_activation(function, ax, derivative=True) is ax
    fig.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncols=2)
    plt.tight_layout()
    assert [ax.get_legend() for ax in axes] == [None] * 4


def test_activations_are_those_of_the_points():
    z = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(activation(z, "tanh"), np.tanh(z))
    np.testing.assert_allclose(activation_derivative(z, "tanh"), 1 - np.tanh(z) ** 2)
    x, values = plot_activation("softmax", None).lines[0].get_data()
    np.testing.assert_allclose(values, special.softmax(x))
    assert values.sum() == pytest.approx(1)


@pytest.mark.parametrize("size", [(12, 5), (9, 4)])
@pytest.mark.parametrize("tight", [True, False])
def test_legends_of_optimizers_overlap_no_other_axes(size, tight):
    with plt.rc_context({"figure.constrained_layout.use": False}):
        fig, axes = plt.subplots(1, 2, figsize=size)
    plot_optimizers(axes[0], 20, "adam")
    plot_optimizers(axes[1], 20, ["sgd", "momentum", "nesterov"])
    if tight:
        plt.tight_layout()
    fig.canvas.draw()
    assert not any(overlaps(ax, axes) for ax in axes)
    fig.set_size_inches(size[0] + 2, size[1] + 1)
    fig.canvas.draw()
    assert not any(overlaps(ax, axes) for ax in axes)


def test_legends_of_momentum_overlap_no_other_axes():
    fig, axes = plt.subplots(1, 2, figsize=(12, 5))
    plot_nesterov(axes[0], "Momentum")
    plot_nesterov(axes[1], "Nesterov momentum")
    plt.tight_layout()
    fig.canvas.draw()
    assert not any(overlaps(ax, axes) for ax in axes)


def test_axes_that_somebody_places_stay_there():
    fig, ax = plt.subplots()
    plot_optimizers(ax, 20, "adam")
    ax.set_position((0.1, 0.2, 0.3, 0.4))
    fig.canvas.draw()
    np.testing.assert_allclose(ax.get_position().bounds, (0.1, 0.2, 0.3, 0.4))


# fits


def test_the_training_plot_stores_losses_and_accuracies():
    plot = TrainingPlot()
    assert (plot.losses, plot.val_acc, plot.logs, plot.max_acc) == ([], [], [], 0)
    history = (
        make_model().fit(X, Y, epochs=3, validation_split=0.5, verbose=0, callbacks=[plot]).history
    )
    assert plot.losses == history["loss"] and plot.acc == history["accuracy"]
    assert plot.val_losses == history["val_loss"] and plot.val_acc == history["val_accuracy"]
    assert plot.max_acc == max(history["val_accuracy"])
    assert plot.logs == [{name: history[name][epoch] for name in history} for epoch in range(3)]


@pytest.mark.parametrize("metric", ["acc", "accuracy", "sparse_categorical_accuracy"])
def test_the_training_plot_knows_each_accuracy(metric):
    plot, model = TrainingPlot(), make_model()
    top = keras.metrics.SparseTopKCategoricalAccuracy(2)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[top, metric])
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[plot]).history
    assert plot.acc == history[metric]
    assert plot.val_acc == [] and plot.max_acc == 0


def test_a_wrapped_model_is_searched_by_scikit_learn():
    search = GridSearchCV(KerasClassifier(make_model), {"units": [2, 8]}, cv=2)
    assert search.fit(X, Y, verbose=0).best_params_["units"] in (2, 8)


def test_keras_tuner_searches(tmp_path):
    def build_model(hp):
        return make_model(hp.Int("units", 2, 8, step=2))

    where = {"directory": tmp_path, "project_name": "course", "max_trials": 2}
    tuner = keras_tuner.RandomSearch(build_model, objective="val_accuracy", **where)
    tuner.search(X, Y, epochs=1, validation_data=(X, Y), verbose=0)
    assert tuner.get_best_hyperparameters()[0].get("units") in (2, 4, 6, 8)


def learner(epochs=3):
    layers = Affine("first", 4, 3), Relu("relu"), Affine("last", 3, 1), Sigmoid("sigmoid")
    return Learner(BCE(), Model(list(layers)), GD(0.1), epochs)


def test_each_bar_of_a_learner_has_the_epoch_s_loss_and_accuracies(capsys):
    learns, data = learner(), Data(X, Y)
    callback = AccCallback(learns, 16)
    assert callback.learner is learns and callback.batch_size == 16
    learns.set_callbacks([callback])
    learns.train_loop(Dataloader(data, Sampler(data, 16)), X, Y)
    written = capsys.readouterr().out
    for epoch in range(3):
        values = callback.losses[epoch], callback.accuracies[epoch], callback.test_accuracies[epoch]
        words = "loss={:.4f}, accuracy={:.4f}, test_accuracy={:.4f}".format(*values)
        assert any(words in line for line in written.split("\r") if f"epoch {epoch + 1}/3" in line)


def test_a_learner_returns_its_last_loss():
    learns, data, callback = learner(), Data(X, Y), AccCallback()
    learns.set_callbacks([callback])
    last = learns.train_loop(Dataloader(data, Sampler(data, 16)))
    assert last == callback.batch_losses[-1] and isinstance(last, float)


@pytest.mark.parametrize(
    ("learns", "size", "words"), [(3, 8, "learner must be"), (None, 0, "batch_size must")]
)
def test_a_callback_refuses_a_wrong_learner_or_size(learns, size, words):
    with pytest.raises(ValueError, match=words):
        AccCallback(learns, size)


def test_a_cycle_takes_whole_floats():
    cycle = CyclicLR(0.001, 0.006, 2000.0, mode="triangular2")
    expected = CyclicLR(0.001, 0.006, 2000, mode="triangular2").schedule(np.arange(9000))
    np.testing.assert_array_equal(cycle.schedule(np.arange(9000)), expected)
    assert cycle.schedule(2000) == pytest.approx(0.006)
    for step_size in (2000.5, 0.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="step_size must be a whole number"):
            CyclicLR(0.001, 0.006, step_size)


def test_a_split_has_scikit_learn_s_order_and_preserves_a_column():
    x, y = np.arange(40), np.arange(40).reshape(-1, 1) % 2
    x_train, x_val, y_train, y_val = training.train_validation_split(x, y, 0.25)
    assert (y_train.shape, y_val.shape) == ((30, 1), (10, 1))
    np.testing.assert_array_equal(y_train[:, 0], x_train % 2)
    np.testing.assert_array_equal(y_val[:, 0], x_val % 2)
    assert y_val.sum() == 5
    flat = training.train_validation_split(x, y[:, 0], 0.25)
    np.testing.assert_array_equal(flat[1], x_val)


# evaluation


def drawn(figure):
    """Return the caption of each Axes; "" for an empty one."""
    return [ax.get_title() if ax.images else "" for ax in figure.axes]


def test_samples_are_ten_of_each_class():
    figure = plot_samples(IMAGES, LABELS, 10, 10)
    assert drawn(figure) == [str(label) for label in range(10) for _ in range(10)]
    first = np.flatnonzero(LABELS[:, 0] == 3)[:10]
    for place, index in enumerate(first):
        np.testing.assert_array_equal(figure.axes[30 + place].images[0].get_array(), IMAGES[index])
    figure = plot_samples(IMAGES, np.eye(10)[LABELS[:, 0]], 10, 2, class_names=CLASSES)
    assert drawn(figure) == [name for name in CLASSES for _ in range(2)]


def test_samples_of_other_rows_are_the_first_ones():
    assert drawn(plot_samples(IMAGES, LABELS, 2, 5)) == [str(label) for label in LABELS[:10, 0]]


def test_a_row_ends_after_the_last_image_of_its_class():
    figure = plot_samples(IMAGES[:6], [[0], [1], [1], [1], [1], [0]], 2, 3)
    assert drawn(figure) == ["0", "0", "", "1", "1", "1"]
    assert not any(ax.axison for ax in figure.axes)


@pytest.mark.parametrize("normalize", [False, True])
def test_a_confusion_matrix_takes_a_colormap(normalize):
    cm = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])
    _, axes = plt.subplots(1, 2)
    plot_confusion_matrix(cm, CLASSES[:3], ax=axes[0], normalize=normalize, cmap=plt.cm.Blues)
    plot_confusion_matrix(cm, CLASSES[:3], axes[1], normalize, "Blues")
    values = np.array([[0.8, 0.2, 0], [0.25, 0.75, 0]]) if normalize else cm[:2]
    expected = plt.cm.Blues(values / values.max())[..., :3]
    for ax in axes:
        np.testing.assert_allclose(ax.images[0].get_array()[:2], expected)
    empty = axes[0].images[0].get_array()[2]
    np.testing.assert_allclose(empty, 1 if normalize else np.tile(plt.cm.Blues(0)[:3], (3, 1)))


def test_a_colormap_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"cmap must be one of .* Did you mean 'Blues'"):
        plot_confusion_matrix(np.eye(2), CLASSES[:2], cmap="Bluess")


def test_a_dashboard_needs_no_images():
    history = make_model().fit(X, Y, epochs=2, validation_split=0.5, verbose=0)
    cm = confusion_matrix(Y, 1 - Y)
    figure = dashboard(history, cm, CLASSES[:2])
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy", "true class"]
    for given, words in (
        ({"y_pred": Y}, "test_data must be given with y_pred"),
        ({"test_data": (IMAGES[:64], Y)}, "y_pred must be given with test_data"),
    ):
        with pytest.raises(ValueError, match=words):
            dashboard(history, cm, CLASSES[:2], **given)
    whole = dashboard(history, cm, CLASSES[:2], Y, (IMAGES[:64], 1 - Y))
    assert len(whole.axes) > len(figure.axes)
