"""What would take too much memory or time is refused at once; at the limit it works."""

import tracemalloc

import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import datasets, evaluation, figures, initializers, optimizers, preprocessing
from mlcourse.optimizers import schedules
from mlcourse.tuning.trials import Trial, Trials

MEMORY = 64 * 2**20  # bytes that a refused call may allocate
X = np.array([[0.0, 0.0], [1.0, 1.0]])
IMAGES = np.zeros((500, 2, 2))
HISTORY = {"loss": [0.5]}


def step_function(points):
    return points[:, 0] > 0.5


def search(n_trials):
    trials = [Trial(k, {"units": k}, "completed", 0.5) for k in range(n_trials)]
    return Trials("val_loss", -1, n_trials, trials)


def model(n_layers):
    import keras

    layers = [keras.layers.Dense(1) for _ in range(n_layers)]
    return keras.Sequential([keras.Input((1,)), *layers])


def per_layer(n_layers):
    return {f"layer {number}": 1.0 for number in range(n_layers)}


def boundary(**options):
    return figures.plot_decision_boundary(step_function, X, [0, 1], **options)


BEYOND = {
    "decision boundary": lambda: boundary(resolution=10_000),
    "probability surface": lambda: figures.plot_probability_surface(
        step_function, X, [0, 1], max_examples=10**5
    ),
    "label of a confusion matrix": lambda: evaluation.confusion_matrix([0, 10**9], [0, 1]),
    "classes of a confusion matrix": lambda: evaluation.confusion_matrix([0, 1], [0, 1], 5_001),
    "label": lambda: evaluation.class_report([0, 10**9], [0, 1]),
    "label to encode": lambda: evaluation.encode([0, 10**9]),
    "classes": lambda: evaluation.checked([0, 1], [0, 1], n_classes=10**9),
    "bins": lambda: evaluation.calibration([0, 1], [0.1, 0.9], n_bins=10**9),
    "steps of a descent": lambda: optimizers.descend("adam", "beale", steps=10**7),
    "steps of a cached path": lambda: optimizers.cached_path("adam", "beale", steps=10**7),
    "steps of many descents": lambda: optimizers.convergence(
        "adam", "beale", np.zeros((2, 10**5)), steps=10**4
    ),
    "learning rates": lambda: optimizers.convergence_map(
        "adam", "beale", np.ones(1_001), np.zeros((1_000, 2))
    ),
    "noisy paths": lambda: optimizers.noisy_paths("adam", "beale", steps=10**4, n_runs=10**4),
    "momentum step": lambda: optimizers.momentum_step("Momentum", "beale", step=10**9),
    "number of optimizers": lambda: figures.plot_descent_loss(["adam"] * 51),
    "steps of a figure": lambda: figures.plot_optimizers(None, 10**7, ["adam"]),
    "steps of an animation": lambda: figures.animate_descent("adam", steps=10**6),
    "frames of an animation": lambda: figures.animate_descent("adam", frames=10**5),
    "basins": lambda: figures.plot_basins("adam", "beale", resolution=10**5),
    "convergence map": lambda: figures.plot_convergence_map("adam", "beale", resolution=10**5),
    "steps of schedules": lambda: figures.plot_schedules(schedules.constant(0.1), steps=10**10),
    "schedules": lambda: figures.plot_schedules([schedules.constant(0.1)] * 101),
    "units of a network": lambda: figures.draw_neural_net(None, [10**5, 1]),
    "weights of a network": lambda: figures.draw_neural_net(
        None, [10**5, 10**5], random_weights=True, max_units=8
    ),
    "tensor shapes": lambda: figures.plot_tensor_shapes([3] * 102),
    "layer bars": lambda: figures.plot_layer_bars(per_layer(101)),
    "update ratios": lambda: figures.plot_update_ratios(
        {"iterations": [0], **{name: [0.1] for name in per_layer(101)}}
    ),
    "feature maps": lambda: figures.plot_feature_maps(
        IMAGES[0], dict.fromkeys(per_layer(101), np.ones((2, 2, 1)))
    ),
    "channels": lambda: figures.plot_feature_maps(
        IMAGES[0], {"conv": np.ones((2, 2, 9))}, max_channels=10**5
    ),
    "filters": lambda: figures.plot_filters(np.ones((4_097, 1, 1, 1))),
    "heat maps": lambda: figures.plot_saliency(IMAGES, IMAGES),
    "samples": lambda: figures.plot_samples(IMAGES, [0] * 500, 1, 401),
    "misclassified": lambda: figures.plot_misclassified(
        IMAGES, [0, 1] * 250, [1, 0] * 250, rows=30, cols=30
    ),
    "predictions": lambda: figures.plot_predictions(
        IMAGES, [0, 1] * 250, [1, 0] * 250, rows=30, cols=30
    ),
    "augmentations": lambda: figures.plot_augmented(IMAGES[0], rows=100, cols=100, pad=0),
    "probabilities": lambda: figures.plot_probabilities(IMAGES[0], np.full(101, 1 / 101)),
    "class balance": lambda: figures.plot_class_balance({"train": list(range(201))}),
    "calibrations": lambda: figures.plot_calibration(
        {str(k): evaluation.calibration([0, 1], [0.1, 0.9]) for k in range(51)}
    ),
    "neighbors": lambda: figures.plot_neighbors(
        IMAGES[:3], [0, 1, 1], np.eye(3)[:, :2], 0, n_neighbors=101
    ),
    "fits": lambda: figures.plot_history([HISTORY] * 51),
    "metrics": lambda: figures.plot_history(HISTORY | {f"m{k}": [0.5] for k in range(101)}),
    "trials": lambda: figures.plot_slice(search(10_001)),
    "initial weights": lambda: initializers.initial_weights(10**6, 10**6, "he_normal"),
    "signal propagation": lambda: initializers.signal_propagation(10**6, 10**3),
    "signals": lambda: figures.plot_signal_propagation(
        dict.fromkeys(per_layer(51), initializers.signal_propagation(2, 2))
    ),
    "whitening": lambda: preprocessing.Whitening(np.zeros((5_001, 72, 72), np.uint8)),
    "points": lambda: datasets.two_moons(10**10),
    "digits": lambda: datasets.make_two_digits(10**9, synthetic=True),
}


@pytest.mark.parametrize("name", BEYOND)
def test_too_much_is_refused_before_it_is_allocated(name):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"at most [\d,]+.*\. Got ") as refused:
            BEYOND[name]()
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
        plt.close("all")
    assert any(character.isdigit() for character in str(refused.value).partition(". Got ")[2])


@pytest.mark.slow
def test_models_of_too_many_units_or_layers_are_refused():
    from mlcourse import models

    for call in (
        lambda: models.mlp(784, hidden=(10**9,)),
        lambda: models.mlp(784, hidden=[1] * 10**6),
        lambda: models.mlp(784, classes=10**9),
        lambda: models.cnn((28, 28), filters=(10**9,)),
        lambda: figures.plot_model_graph(model(501)),
    ):
        with pytest.raises(ValueError, match=r"at most [\d,]+.*\. Got "):
            call()


AT_THE_LIMIT = {
    "decision boundary": lambda: boundary(resolution=1_000),
    "labels": lambda: evaluation.encode([0, 99_999]),
    "confusion matrix": lambda: evaluation.confusion_matrix([0, 4_999], [0, 4_999]),
    "bins": lambda: evaluation.calibration([0, 1], [0.1, 0.9], n_bins=10_000),
    "descent": lambda: optimizers.descend("adam", "beale", steps=100_000),
    "animation": lambda: figures.animate_descent("adam", steps=100_000)._draw_next_frame(9, False),
    "network": lambda: figures.draw_neural_net(None, [1_900, 99, 1]),
    "model graph": lambda: figures.plot_model_graph(model(499)),
    "layer bars": lambda: figures.plot_layer_bars(per_layer(100)),
    "tensor shapes": lambda: figures.plot_tensor_shapes([3] * 101),
    "samples": lambda: figures.plot_samples(IMAGES, [0] * 500, 20, 20),
    "predictions": lambda: figures.plot_predictions(
        IMAGES, [0, 1] * 250, [1, 0] * 250, rows=20, cols=20
    ),
    "class balance": lambda: figures.plot_class_balance({"train": list(range(200))}),
    "epochs": lambda: figures.plot_history({"loss": np.linspace(1, 0.5, 10**6).tolist()}),
    "fits": lambda: figures.plot_history([HISTORY] * 50),
    "trials": lambda: figures.plot_slice(search(10_000)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_a_function_works_at_its_limit(name):
    result = AT_THE_LIMIT[name]()
    figure = getattr(result, "figure", None)
    if figure is not None:
        figure.get_figure(root=True).draw_without_rendering()
    plt.close("all")
