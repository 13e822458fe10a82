"""A call of each figure function with many classes and long names, for tests of the layout.

Modules that import Keras are imported when they are needed.
"""

import numpy as np

from mlcourse import figures
from mlcourse.evaluation import calibration
from mlcourse.initializers import signal_propagation
from mlcourse.networks import explain
from mlcourse.optimizers import find, schedules

TITLE = "Predictions of a convolutional network for ten classes"
CLASSES = [
    "airplane or any other aircraft",
    "automobile",
    "bird of an unknown species",
    "cat",
    "deer, elk, moose",
    "dog",
    "frog or toad in green grass",
    "horse",
    "ship on the open sea",
    "truck_with_a_trailer_behind_it",
]
SERIES = [
    "momentum 0.9 with a warm-up of five epochs",
    "the same, learning rate 0.01",
    "dropout_rate_of_the_last_layer",
]
N = len(CLASSES)
RNG = np.random.default_rng(0)
Y = np.arange(200) % N
IMAGES = RNG.random((200, 8, 8))
POINTS = RNG.normal(size=(200, 2)) + 3 * np.column_stack([np.cos(Y), np.sin(Y)])
PROBABILITIES = RNG.dirichlet(np.full(N, 0.3), 200)
MATRIX = np.diag(RNG.integers(800, 1000, N)) + RNG.integers(0, 40, (N, N))
LAYERS = {f"stage{k}_block{k}_convolution_of_3_by_3": 0.1 + 0.1 * k for k in range(8)}
NETWORK = [np.ones((2, 3)), np.ones((3, 1))]


def ten_probabilities(points):
    angles = np.arange(N)
    scores = np.asarray(points) @ np.stack([np.cos(angles), np.sin(angles)])
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def binary_probabilities(points):
    return 1 / (1 + np.exp(-np.asarray(points)[:, :1]))


def landscape():
    from mlcourse.inspection import LossLandscape

    a = b = np.linspace(-1, 1, 5)
    path = np.array([[-0.5, 0.5], [0, 0]])
    paths = {name: k * path for k, name in enumerate(SERIES)}
    losses = {name: np.ones(2) for name in SERIES}
    return LossLandscape(a, b, 1 + a**2 + b[:, None] ** 2, (), paths, losses, np.array([0.9, 0.1]))


def history():
    epochs = np.arange(1, 21)
    loss = 2 / epochs
    return {
        "loss": loss,
        "sparse_categorical_accuracy": 1 - loss / 3,
        "val_loss": 1.1 * loss,
        "val_sparse_categorical_accuracy": 1 - loss / 2,
    }


def search():
    from mlcourse.tuning.trials import Trial, Trials

    values = [
        {
            "learning_rate": 10 ** -(1 + k % 5),
            "units_of_the_first_layer": 2 ** (k % 9),
            "optimizer": ("sgd", SERIES[0])[k % 2],
            "dropout": k / 40,
        }
        for k in range(40)
    ]
    trials = [Trial(k, value, "completed", score=0.5 + k / 100) for k, value in enumerate(values)]
    trials.append(Trial(40, values[0], "failed", note="ValueError: out of memory"))
    return Trials("val_sparse_categorical_accuracy", 1, 41, trials)


def ablation():
    from mlcourse.tuning.ablation import Ablation, Fit

    metrics = ["test_accuracy", "validation_accuracy"]
    fits = [
        Fit(name, seed, dict.fromkeys(metrics, 0.8 + seed / 50), 2.0)
        for name in SERIES
        for seed in range(3)
    ]
    return Ablation({name: {} for name in SERIES}, 3, metrics, fits)


def finder_result():
    from mlcourse.callbacks import LearningRateFinderResult, LearningRateSweep

    rates = np.geomspace(1e-4, 1, 50)
    losses = np.log10(rates / 0.01) ** 2
    sweep = LearningRateSweep(rates, losses, {"sparse_categorical_accuracy": losses / 9})
    return LearningRateFinderResult((sweep,) * 3)


def trained(n_classes):
    import keras

    layers = [keras.layers.Dense(8, "relu", name="a_dense_layer_with_a_long_name")] * (
        n_classes > 0
    )
    return keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(n_classes, "softmax")])


OPTIMIZERS = {SERIES[0]: find("momentum"), SERIES[1]: find("adam"), SERIES[2]: find("sgd")}
MANY = {f"{k}: {name}": find("adam") for k in range(3) for name in SERIES}
NAMED = {"class_names": CLASSES, "title": TITLE}
MODEL = {"class_names": CLASSES[2:4], "title": TITLE}

OF_AXES = {
    "draw_neural_net": lambda ax: figures.draw_neural_net(ax, [4, 16, 10], labels=True),
    "plot_activation": lambda ax: figures.plot_activation("sigmoid", ax, derivative=True),
    "plot_backpropagation": lambda ax: figures.plot_backpropagation(
        NETWORK, [1.0, 2.0], [1.0], (1, 1, 1), ax=ax
    ),
    "plot_basins": lambda ax: figures.plot_basins(
        "sgd", "himmelblau", steps=5, resolution=5, title=TITLE, ax=ax
    ),
    "plot_batch_losses": lambda ax: figures.plot_batch_losses(
        np.geomspace(2, 0.1, 40), [1.0, 0.5], title=TITLE, ax=ax
    ),
    "plot_calibration": lambda ax: figures.plot_calibration(
        {name: calibration(Y, PROBABILITIES) for name in SERIES}, title=TITLE, ax=ax
    ),
    "plot_class_balance": lambda ax: figures.plot_class_balance(
        {"training": Y, "validation": Y[:50], "test": Y[50:]}, **NAMED, ax=ax
    ),
    "plot_confusion_matrix": lambda ax: figures.plot_confusion_matrix(
        MATRIX, CLASSES, ax, title=TITLE
    ),
    "plot_confusion_matrix in percent": lambda ax: figures.plot_confusion_matrix(
        MATRIX, CLASSES, ax, normalize=True, title=TITLE
    ),
    "plot_convergence_map": lambda ax: figures.plot_convergence_map(
        "sgd", "saddle", steps=5, resolution=5, title=TITLE, ax=ax
    ),
    "plot_decision_boundary": lambda ax: figures.plot_decision_boundary(
        ten_probabilities, POINTS, Y, **NAMED, ax=ax
    ),
    "plot_decision_boundary of two classes": lambda ax: figures.plot_decision_boundary(
        binary_probabilities, POINTS, Y % 2, levels=(0.1, 0.9), **MODEL, ax=ax
    ),
    "plot_descent_loss": lambda ax: figures.plot_descent_loss(
        OPTIMIZERS, steps=20, title=TITLE, ax=ax
    ),
    "plot_layer_bars": lambda ax: figures.plot_layer_bars(
        LAYERS, label="norm of the gradient of the loss", title=TITLE, ax=ax
    ),
    "plot_model_graph": lambda ax: figures.plot_model_graph(trained(N), title=TITLE, ax=ax),
    "plot_nesterov": lambda ax: figures.plot_nesterov(ax, "Nesterov momentum", title=TITLE),
    "plot_optimization_history": lambda ax: figures.plot_optimization_history(
        {name: search() for name in SERIES}, title=TITLE, ax=ax
    ),
    "plot_optimizers": lambda ax: figures.plot_optimizers(ax, 10, OPTIMIZERS, title=TITLE),
    "plot_optimizers of many": lambda ax: figures.plot_optimizers(ax, 10, MANY, title=TITLE),
    "plot_descent_loss of many": lambda ax: figures.plot_descent_loss(
        MANY, steps=20, title=TITLE, ax=ax
    ),
    "plot_parallel_coordinates": lambda ax: figures.plot_parallel_coordinates(
        search(), title=TITLE, ax=ax
    ),
    "plot_tensor_shapes": lambda ax: figures.plot_tensor_shapes([150528, 4096, 4096, 10], ax=ax),
    "plot_update_ratios": lambda ax: figures.plot_update_ratios(
        {"iterations": np.arange(9), **{name: np.full(9, r / 100) for name, r in LAYERS.items()}},
        title=TITLE,
        ax=ax,
    ),
}
OF_3D_AXES = {
    "plot_probability_surface": lambda ax: figures.plot_probability_surface(
        binary_probabilities, POINTS, Y % 2, **MODEL, ax=ax
    ),
    "plot_surface": lambda ax: figures.plot_surface(
        "saddle", optimizers=OPTIMIZERS, steps=5, title=TITLE, ax=ax
    ),
}
OF_FIGURES = {
    "dashboard": lambda fig: figures.dashboard(
        history(), MATRIX, CLASSES, PROBABILITIES, (IMAGES, Y), title=TITLE, fig=fig
    ),
    "dashboard without images": lambda fig: figures.dashboard(
        history(), MATRIX, CLASSES, title=TITLE, fig=fig
    ),
    "plot_ablation": lambda fig: figures.plot_ablation(ablation(), title=TITLE, fig=fig),
    "plot_augmented": lambda fig: figures.plot_augmented(IMAGES[0], title=TITLE, fig=fig),
    "plot_convolution": lambda fig: figures.plot_convolution(
        IMAGES[0].round(1), [[1, 0, -1]] * 3, title=TITLE, fig=fig
    ),
    "plot_loss_landscape": lambda fig: figures.plot_loss_landscape(
        landscape(), title=TITLE, fig=fig
    ),
    "plot_digit_prediction": lambda fig: figures.plot_digit_prediction(
        np.zeros((28, 28)),
        dict.fromkeys(SERIES, binary_probabilities),
        lambda x: np.asarray(x)[:, :2],
        binary_probabilities,
        POINTS,
        Y % 2,
        **MODEL,
        fig=fig,
    ),
    "plot_explanation": lambda fig: figures.plot_explanation(
        explain(NETWORK, x=[1.0, 2.0], y=[1.0]), fig=fig
    ),
    "plot_feature_maps": lambda fig: figures.plot_feature_maps(
        IMAGES[0], dict.fromkeys(list(LAYERS)[:3], np.ones((4, 4, 9))), title=TITLE, fig=fig
    ),
    "plot_filter_maps": lambda fig: figures.plot_filter_maps(
        IMAGES[0], RNG.normal(size=(4, 3, 3, 1)), title=TITLE, fig=fig
    ),
    "plot_filters": lambda fig: figures.plot_filters(
        RNG.normal(size=(16, 3, 3, 8)), title=TITLE, fig=fig
    ),
    "plot_gradient_noise": lambda fig: figures.plot_gradient_noise(
        OPTIMIZERS, steps=5, n_runs=4, title=TITLE, fig=fig
    ),
    "plot_grad_cam": lambda fig: figures.plot_grad_cam(
        IMAGES[:6], IMAGES[:6], captions=CLASSES[:6], title=TITLE, fig=fig
    ),
    "plot_history": lambda fig: figures.plot_history(history(), title=TITLE, fig=fig),
    "plot_history of several": lambda fig: figures.plot_history(
        {name: history() for name in SERIES}, title=TITLE, fig=fig
    ),
    "plot_learning_rate_finder": lambda fig: figures.plot_learning_rate_finder(
        finder_result(), title=TITLE, fig=fig
    ),
    "plot_misclassified": lambda fig: figures.plot_misclassified(
        IMAGES, Y, PROBABILITIES, **NAMED, rows=2, cols=4, fig=fig
    ),
    "plot_misclassified_pairs": lambda fig: figures.plot_misclassified_pairs(
        IMAGES,
        np.column_stack([Y, Y]),
        (PROBABILITIES, PROBABILITIES),
        rows=1,
        cols=3,
        **NAMED,
        fig=fig,
    ),
    "plot_neighbors": lambda fig: figures.plot_neighbors(
        IMAGES, Y, POINTS, 0, axis_names=SERIES[:2], **NAMED, fig=fig
    ),
    "plot_occlusion": lambda fig: figures.plot_occlusion(
        IMAGES[:2], IMAGES[:2], captions=CLASSES[:2], common_scale=True, title=TITLE, fig=fig
    ),
    "plot_optimizer_comparison": lambda fig: figures.plot_optimizer_comparison(
        OPTIMIZERS, steps=5, title=TITLE, fig=fig
    ),
    "plot_predictions": lambda fig: figures.plot_predictions(
        IMAGES, Y, PROBABILITIES, rows=2, cols=5, **NAMED, fig=fig
    ),
    "plot_probabilities": lambda fig: figures.plot_probabilities(
        IMAGES[0], PROBABILITIES[0], label=0, **NAMED, fig=fig
    ),
    "plot_saliency": lambda fig: figures.plot_saliency(
        IMAGES[:3, 0], IMAGES[:3, 0], captions=CLASSES[:3], title=TITLE, fig=fig
    ),
    "plot_samples": lambda fig: figures.plot_samples(IMAGES, Y, rows=2, cols=5, **NAMED, fig=fig),
    "plot_schedules": lambda fig: figures.plot_schedules(
        {name: schedules.constant(0.1) for name in SERIES}, title=TITLE, fig=fig
    ),
    "plot_schedules with formulas": lambda fig: figures.plot_schedules(title=TITLE, fig=fig),
    "plot_signal_propagation": lambda fig: figures.plot_signal_propagation(
        {name: signal_propagation(depth=8, width=8, n_examples=9) for name in SERIES}, fig=fig
    ),
    "plot_slice": lambda fig: figures.plot_slice(search(), title=TITLE, fig=fig),
}

MIN_SIZES = {
    "dashboard": (8, 7),
    "dashboard without images": (8, 7),
    "plot_digit_prediction": (6.4, 3),
    "plot_feature_maps": (6, 3),
    "plot_gradient_noise": (4, 3),
    "plot_loss_landscape": (4, 3),
    "plot_neighbors": (6.4, 4),
    "plot_predictions": (3.75, 3.2),
    "plot_schedules with formulas": (4, 3),
    "plot_slice": (4, 3),
}
"""Width and height in inches that these functions need."""
