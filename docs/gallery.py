"""Write gallery.md and its figures: `python docs/gallery.py`."""

import argparse
import inspect
import textwrap
import warnings
from functools import cache
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import keras
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image
from sklearn.datasets import load_digits, load_iris, load_sample_image
from sklearn.neural_network import MLPClassifier

from mlcourse import (
    CyclicLR,
    TrainingPlot,
    UpdateRatios,
    dashboard,
    datasets,
    draw_neural_net,
    evaluation,
    explain,
    find_learning_rate,
    initializers,
    inspection,
    models,
    opt_names,
    optimizers,
    plot_activation,
    plot_backpropagation,
    plot_basins,
    plot_calibration,
    plot_confusion_matrix,
    plot_decision_boundary,
    plot_explanation,
    plot_feature_maps,
    plot_filters,
    plot_history,
    plot_learning_rate_finder,
    plot_misclassified,
    plot_model_graph,
    plot_nesterov,
    plot_optimization_history,
    plot_optimizer_comparison,
    plot_optimizers,
    plot_parallel_coordinates,
    plot_predictions,
    plot_probability_surface,
    plot_schedules,
    plot_signal_propagation,
    plot_surface,
    plot_update_ratios,
    preprocessing,
    scratch,
)
from mlcourse.figures import (
    STYLE,
    animate_training,
    plot_ablation,
    plot_augmented,
    plot_batch_losses,
    plot_class_balance,
    plot_convergence_map,
    plot_convolution,
    plot_descent_loss,
    plot_digit_prediction,
    plot_filter_maps,
    plot_grad_cam,
    plot_gradient_noise,
    plot_layer_bars,
    plot_loss_landscape,
    plot_misclassified_pairs,
    plot_neighbors,
    plot_occlusion,
    plot_saliency,
    plot_slice,
    plot_tensor_shapes,
    save_animation,
    save_figure,
)
from mlcourse.figures._shared.saving import reduce_colors
from mlcourse.optimizers import schedules
from mlcourse.tuning.ablation import Ablation, Fit
from mlcourse.tuning.trials import Trial, Trials

HEAD = """# Gallery

The figures of `mlcourse.figures`, with their code. `make gallery` creates this page.

The trained networks below are from scikit-learn, which trains small networks fast. The functions
accept a Keras model, a list of weight matrices or a fitted `MLPClassifier`.
"""


def iris_network():
    """Return a 4-5-3 network trained on the iris dataset, and one example."""
    iris = load_iris()
    x = iris.data - iris.data.mean(axis=0)
    network = MLPClassifier(5, activation="tanh", solver="lbfgs", alpha=1.0, random_state=0)
    network.set_params(max_iter=2000)
    return network.fit(x, iris.target), x[133]


def moons_network():
    """Return a network with one hidden layer of 8 units, trained on two moons, and the data."""
    x, y = datasets.two_moons(200, noise=0.1, seed=0)
    network = MLPClassifier(8, solver="lbfgs", max_iter=2000, random_state=4)
    return network.fit(x, y), x, y


def digits_fit(units, **options):
    """Train a network on 200 digits, 8 x 8 pixels each, and return its training plot."""
    keras.utils.set_random_seed(0)
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    network = models.mlp(64, hidden=(units,))
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    plot = TrainingPlot(f"200 digits, {units} hidden units", **options)
    validation = x[200:700], y[200:700]
    network.fit(
        x[:200], y[:200], 20, epochs=30, verbose=0, validation_data=validation, callbacks=[plot]
    )
    return plot


def threes_and_eights():
    """Train a network from scratch on threes and eights, and return the learner and the losses."""
    digits = load_digits()
    is_three_or_eight = np.isin(digits.target, (3, 8))
    data = scratch.Data(digits.data[is_three_or_eight] / 16, digits.target[is_three_or_eight] == 3)
    layers = [
        scratch.Affine("first", 64, 16),
        scratch.Relu("relu"),
        scratch.Affine("embedding", 16, 2),
        scratch.Affine("output", 2, 1),
        scratch.Sigmoid("sigmoid"),
    ]
    optimizer = scratch.Adam(0.003)
    callback = scratch.AccCallback()
    learner = scratch.Learner(scratch.BCE(), scratch.Model(layers), optimizer, epochs=20)
    learner.set_callbacks([callback])
    learner.train_loop(scratch.Dataloader(data, scratch.Sampler(data, 20, shuffle=True)))
    return learner, callback


def digits_accuracies(seed, units, **settings):
    """Train a network on 600 digits, and return its validation and test accuracy."""
    x, y = load_digits(return_X_y=True)
    network = MLPClassifier(units, random_state=seed, max_iter=12, **settings)
    with warnings.catch_warnings(action="ignore"):  # of a fit that did not converge
        network.fit(x[:600] / 16, y[:600])
    parts = slice(600, 1000), slice(1000, None)
    return [network.score(x[part] / 16, y[part]) for part in parts]


@cache
def random_search(seed):
    """Return twenty random trials, like the result of `tuning.search`."""
    rng, trials = np.random.default_rng(seed), []
    for number in range(20):
        units, layers = 8 * int(rng.integers(1, 17)), int(rng.integers(1, 4))
        rate = float(10 ** rng.uniform(-4.5, 0))
        score, _ = digits_accuracies(number, [units] * layers, learning_rate_init=rate)
        settings = {"layers": layers, "units": units, "learning_rate": rate}
        trials.append(Trial(number, settings, "completed", score))
    return Trials("val_accuracy", 1, 20, trials)


def pairs_of_digits(n):
    """Return images of two digits, which overlap by four rows, and pairs of labels."""
    digits = load_digits()
    indices = np.random.default_rng(0).integers(len(digits.target), size=(2, n))
    x = np.zeros((n, 12, 8))
    for row, images in zip((0, 4), digits.images[indices] / 16, strict=True):
        x[:, row : row + 8] = np.maximum(x[:, row : row + 8], images)
    return x, digits.target[indices].T


@cache
def digits_predictions():
    """Return test images of digits, their labels, and the predictions of a network."""
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    network = MLPClassifier(32, max_iter=1000, random_state=0).fit(x[:200], y[:200])
    return digits.images[200:] / 16, y[200:], network.predict_proba(x[200:])


@cache
def residual_network():
    """Train a residual network on 600 digits, and return it, its update ratios and the digits."""
    keras.utils.set_random_seed(0)
    digits = load_digits()
    x, y = digits.images[:600, :, :, np.newaxis] / 16, digits.target[:600]
    network, ratios = models.residual((8, 8, 1), (8, 16, 32)), UpdateRatios(every=4)
    network.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    network.fit(x, y, 20, epochs=5, verbose=0, callbacks=[ratios])
    return network, ratios, x, y


def logistic_regression():
    """Logistic regression as a network: a sum and a sigmoid."""
    return draw_neural_net(
        None, [4, 1], draw_bias=True, labels=True, activation=True, sigmoid=True, figsize=(6, 4)
    )


def one_hidden_layer():
    """One hidden layer, with the names of the weights and their number."""
    return draw_neural_net(
        None, [2, 3, 1], draw_bias=True, labels=True, weight_count=True, figsize=(8, 5)
    )


def sums_and_activations():
    """Units divided into sum and activation function, with activations and prediction."""
    return draw_neural_net(
        None,
        [3, 4, 2],
        draw_bias=True,
        labels=True,
        activation=True,
        show_activations=True,
        figsize=(8, 5),
    )


def deep():
    """A deep network with labels."""
    return draw_neural_net(None, [5, *[12] * 6, 5], draw_bias=True, labels=True, figsize=(11, 5.8))


def weights_and_outputs():
    """A trained network: color and width of edges show weights, units show their outputs."""
    network, flower = iris_network()
    return draw_neural_net(
        None,
        network,
        draw_bias=True,
        labels=True,
        weight_count=True,
        show_activations=flower,
        figsize=(10, 6),
    )


def gradients():
    """The gradient of the loss with respect to each weight, for the same network and example."""
    network, flower = iris_network()
    return draw_neural_net(
        None,
        network,
        draw_bias=True,
        labels=True,
        show_activations=flower,
        edges="gradient",
        y=2,
        figsize=(10, 6),
    )


def dropout():
    """Dropout: each step drops a different half of the hidden units."""
    figure, columns = plt.subplots(1, 3, figsize=(11, 4))
    for seed, axes in enumerate(columns):
        draw_neural_net(axes, [4, 8, 8, 3], dropout=0.5, seed=seed)
    return figure


def too_large_to_draw():
    """A large network: nine units per layer, and the 60 strongest edges."""
    weights = [initializers.initial_weights(784, 128), initializers.initial_weights(128, 10)]
    return draw_neural_net(
        None, weights, labels=True, weight_count=True, max_units=9, top_edges=60, figsize=(9, 6)
    )


def chain_rule():
    """The chain rule for one weight, with its factors on the edges."""
    network, flower = iris_network()
    return plot_backpropagation(network, flower, 2, weight=(1, 3, 2))


def one_example_explained():
    """The forward and the backward pass of one example. `explain` also prints them."""
    layers = [scratch.Affine("hidden", 2, 3, seed=8), scratch.Relu("relu")]
    network = scratch.Model([*layers, scratch.Affine("output", 3, 1, seed=8)])
    return plot_explanation(explain(network, x=[1.0, 2.0], y=[11.0]))


def tensor_shapes():
    """The shapes of tensors in a network, for a batch of 32."""
    return plot_tensor_shapes([784, 512, 512, 10], batch_size=32)


def activation_functions():
    """Activation functions and their derivatives."""
    figure, grid = plt.subplots(2, 3, figsize=(12, 6.5))
    functions = "sigmoid", "tanh", "relu", "leaky_relu", "selu", "gelu"
    for axes, function in zip(grid.flat, functions, strict=True):
        plot_activation(function, axes, derivative=True)
    return figure


def signals():
    """Vanishing, exploding and healthy signals, by the standard deviation of initial weights."""
    cases = [("tanh", "small"), ("relu", "large"), ("tanh", "glorot_normal"), ("relu", "he_normal")]
    return plot_signal_propagation(
        {
            f"{function}, {rule}": initializers.signal_propagation(
                depth=10, width=100, activation=function, initializer=rule
            )
            for function, rule in cases
        }
    )


def decision_boundary():
    """The decision boundary of a network, and the lines of its hidden units."""
    network, x, y = moons_network()
    return plot_decision_boundary(network, x, y, hidden_lines=True)


def three_classes():
    """Three classes: colors mixed by the probabilities, or one color per class."""
    x, y = datasets.spirals(300, noise=0.05, seed=0, n_classes=3)
    network = MLPClassifier((20, 20), solver="lbfgs", alpha=0.5, max_iter=2000, tol=1e-3)
    network.set_params(random_state=0).fit(x, y)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    plot_decision_boundary(network, x, y, ax=left)
    plot_decision_boundary(network, x, y, fill="class", ax=right)
    return figure


def maps_of_units():
    """The outputs of the units of a network on the plane of its inputs, and its decision boundary.

    Hidden units bend the line: each edge shows how much of a map is added to the next unit.
    """
    x, y = datasets.two_moons(200, noise=0.1, seed=0)
    network = MLPClassifier((5, 3), activation="tanh", solver="lbfgs", max_iter=2000)
    network.set_params(random_state=4).fit(x, y)
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    draw_neural_net(left, network, heatmaps=x)
    plot_decision_boundary(network, x, y, ax=right)
    return figure


def probability_surface():
    """The predicted probability of the second class as a surface."""
    network, x, y = moons_network()
    return plot_probability_surface(network, x, y)


def embedding():
    """A digit, its prediction, and its embedding in the last two units of a network."""
    learner, _ = threes_and_eights()
    x, y = learner.data.X, learner.data.y.astype(int)
    encoder = scratch.Model(learner.model.layers[:-2])
    head = scratch.Model(learner.model.layers[-2:])
    models = {"network": learner.model}
    embeddings = encoder(x)
    return plot_digit_prediction(
        x[0].reshape(8, 8), models, encoder, head, embeddings, y, class_names=("8", "3")
    )


def misclassified_images():
    """Misclassified images, most confident first."""
    x, y, y_pred = digits_predictions()
    return plot_misclassified(x, y, y_pred, rows=2, cols=6)


def nearest_neighbors():
    """A digit, its embedding among others, and its nearest neighbors.

    The plane shows the first two principal components of the ten outputs.
    """
    x, y, y_pred = digits_predictions()
    centered = y_pred - y_pred.mean(axis=0)
    embeddings = centered @ np.linalg.svd(centered, full_matrices=False)[2][:2].T
    names = ("component 1", "component 2")
    return plot_neighbors(x, y, embeddings, 3, outputs=y_pred, axis_names=names)


def predictions_and_labels():
    """Images with their true classes above and their predicted classes below."""
    x, y, y_pred = digits_predictions()
    return plot_predictions(x, y, y_pred, rows=3, cols=10)


def confusion_matrix():
    """A confusion matrix: correct predictions are blue, errors orange."""
    _, y, y_pred = digits_predictions()
    names = [str(digit) for digit in range(10)]
    return plot_confusion_matrix(evaluation.confusion_matrix(y, y_pred), names)


def calibration_curves():
    """The accuracy of a network by its predicted probability: the diagonal is well calibrated."""
    _, y, y_pred = digits_predictions()
    squared = y_pred**2 / (y_pred**2).sum(axis=1, keepdims=True)
    predictions = {"a network": y_pred, "the same, more confident": squared}
    return plot_calibration({name: evaluation.calibration(y, p) for name, p in predictions.items()})


def dashboard_of_a_fit():
    """Training curves, a confusion matrix and six misclassified images."""
    x, y, y_pred = digits_predictions()
    cm = evaluation.confusion_matrix(y, y_pred)
    names = [str(digit) for digit in range(10)]
    return dashboard(digits_fit(64), cm, names, y_pred, (x, y), title="200 digits")


def misclassified_pairs():
    """Images of two digits of which a network with two outputs misclassifies at least one."""
    x, y = pairs_of_digits(3000)
    keras.utils.set_random_seed(0)
    network = models.two_head((12, 8), hidden=(64,))
    network.compile("adam", ["sparse_categorical_crossentropy"] * 2)
    network.fit(x[:2500], [*y[:2500].T], epochs=15, verbose=0)
    predictions = network.predict(x[2500:], verbose=0)
    return plot_misclassified_pairs(x[2500:], y[2500:], predictions, rows=1, cols=5)


def class_balance():
    """The fraction of examples of each class, and balanced classes as a dashed line."""
    y = load_digits().target
    return plot_class_balance(
        {"training": y[:200], "test": y[200:]}, class_names=list("0123456789")
    )


def augmented_image():
    """Random flips, shifts and cutouts of an image."""
    flower = load_sample_image("flower.jpg")[40:420:6, 100:480:6]
    return plot_augmented(flower, rows=2, cols=6, pad=8, cutout=14)


def model_as_blocks():
    """A Keras model: the layers of each block, its output shape, and its parameters."""
    return plot_model_graph(models.residual(), title="models.residual()")


def filters():
    """Whitening filters of patches of two photographs."""
    photographs = [load_sample_image(f"{name}.jpg") for name in ("china", "flower")]
    scaled = preprocessing.standardize_per_image(np.array(photographs)[:, ::4, ::4])
    return plot_filters(preprocessing.patch_filters(scaled, patch_size=3), rows=3)


def convolution():
    """One step of a convolution: the kernel on a digit, the products, and their sum in the map."""
    digit = load_digits().images[0] / 16
    return plot_convolution(digit.round(1), [[1, 0, -1], [1, 0, -1], [1, 0, -1]], position=(1, 3))


def filters_and_maps():
    """Four filters of 3 x 3 pixels, and the feature map of each."""
    edge = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    kernels = np.array([edge, edge.T, np.ones((3, 3)) / 9, [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]])
    flower = load_sample_image("flower.jpg")[40:420:4, 100:480:4].mean(axis=2) / 255
    return plot_filter_maps(flower, kernels[..., np.newaxis])


def feature_maps():
    """The feature maps of a digit in the layers of a residual network."""
    network, _, x, _ = residual_network()
    return plot_feature_maps(x[3], inspection.feature_maps(network, x[3:4]))


def grad_cam_maps():
    """Grad-CAM: the regions of a digit that are evidence for its class."""
    network, _, x, y = residual_network()
    heat = inspection.grad_cam(network, x[:8], layer="stage1_activation")
    return plot_grad_cam(x[:8], heat, captions=[str(digit) for digit in y[:8]])


def saliency_maps():
    """The pixels with the largest effect on the score of a digit's class."""
    network, _, x, y = residual_network()
    heat = inspection.saliency(network, x[:4], y[:4])
    return plot_saliency(x[:4], heat, captions=[str(digit) for digit in y[:4]])


def occlusion_maps():
    """The drop of the probability of a digit's class when a region is occluded."""
    network, _, x, y = residual_network()
    drops = inspection.occlusion(network, x[:4], y[:4])
    return plot_occlusion(x[:4], drops, captions=[str(digit) for digit in y[:4]], common_scale=True)


def update_ratios():
    """The ratio of updates to weights, for each layer."""
    _, ratios, *_ = residual_network()
    return plot_update_ratios(ratios.history)


def gradients_by_layer():
    """The norm of the gradient in each layer."""
    network, _, x, y = residual_network()
    norms = inspection.gradient_norms(network, x[:200], y[:200])
    return plot_layer_bars(norms, log_scale=True, label="norm of the gradient")


def ablation():
    """Four variants of a baseline with four seeds each: mean and standard deviation."""
    variants = {
        "baseline": {},
        "batch 64": {"batch_size": 64},
        "learning rate 0.01": {"learning_rate_init": 0.01},
        "momentum 0.9": {"momentum": 0.9},
        "tanh": {"activation": "tanh"},
    }
    baseline = {"solver": "sgd", "batch_size": 32, "learning_rate_init": 0.1, "momentum": 0.0}
    metrics, fits = ["validation_accuracy", "test_accuracy"], []
    for name, settings in variants.items():
        for seed in range(4):
            accuracies = digits_accuracies(seed, [10], **{**baseline, **settings})
            fits.append(Fit(name, seed, dict(zip(metrics, accuracies, strict=True)), seconds=0.1))
    table = Ablation(variants, 4, metrics, fits)  # the result of tuning.ablation
    return plot_ablation(table, title="600 digits, 10 hidden units")


def parallel_coordinates():
    """A search: each trial is a line through its hyperparameters to its score."""
    return plot_parallel_coordinates(random_search(0), title="600 digits")


def slice_plot():
    """The same search: the score by hyperparameter."""
    return plot_slice(random_search(0), title="600 digits")


def optimization_histories():
    """Three random searches of the same space: each trial, and the best score so far."""
    return plot_optimization_history({f"seed {seed}": random_search(seed) for seed in range(3)})


def losses_by_batch():
    """The loss of each batch, and its mean in each epoch."""
    _, callback = threes_and_eights()
    return plot_batch_losses(callback.batch_losses, callback.losses)


def eleven_optimizers():
    """The eleven optimizers of the course on Beale's function, the others in gray."""
    return plot_optimizer_comparison(opt_names, steps=100)


def paths_of_optimizers():
    """Three of them on one surface, with an arrow for each step."""
    return plot_optimizers(None, 100, ["momentum", "rmsprop", "adam"])


def losses_of_optimizers():
    """Their loss above the minimum by step."""
    return plot_descent_loss(opt_names, steps=100)


def zigzag():
    """A ravine: gradient descent oscillates across it, momentum and Adam move along it."""
    zigzag = {"sgd 0.45": optimizers.sgd(0.45), "momentum 0.1": optimizers.momentum(0.1)}
    return plot_optimizer_comparison(zigzag | {"adam": "adam"}, steps=50, surface="ravine")


def surface():
    """A surface in three dimensions, with paths of optimizers."""
    return plot_surface("saddle", optimizers=["sgd", "momentum", "adam"], steps=60)


def loss_landscapes():
    """The loss of a network on the plane of two fits, from the same weights."""
    digits = load_digits()
    x, y = digits.data[:300] / 16, digits.target[:300]
    paths = {}
    rules = {"SGD": keras.optimizers.SGD(0.1), "Adam": keras.optimizers.Adam(0.01)}
    for name, rule in rules.items():
        keras.utils.set_random_seed(0)
        network = models.mlp(64, hidden=(16,), activation="tanh")
        network.compile(rule, "sparse_categorical_crossentropy")
        paths[name] = weights = [network.get_weights()]
        for _ in range(12):
            network.fit(x, y, verbose=0)
            weights.append(network.get_weights())
    return plot_loss_landscape(inspection.loss_landscape(network, x, y, paths=paths))


def training_of_a_network():
    """Boundary, weights and curves of a network while it is trained, as an animation."""
    x, y = datasets.two_moons(200, noise=0.1, seed=0)
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, "tanh"), keras.layers.Dense(4, "tanh")]
    output = keras.layers.Dense(1, "sigmoid")
    network = keras.Sequential([keras.Input((2,)), *layers, output])
    network.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
    return animate_training(network, x, y, epochs=60, frames=21, fps=4)


def momentum_and_nesterov():
    """The vectors of a momentum step and of a Nesterov momentum step."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4))
    plot_nesterov(left, "Momentum")
    plot_nesterov(right, "Nesterov momentum")
    return figure


def learning_rate_schedules():
    """Learning-rate schedules: the learning rate by step."""
    return plot_schedules()


def convergence_maps():
    """The number of steps to the minimum of a ravine, by learning rate and start."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
    plot_convergence_map("sgd", "ravine", learning_rates=(0.01, 1), ax=left)
    plot_convergence_map("momentum", "ravine", learning_rates=(0.01, 1), ax=right)
    left.set_title("gradient descent")
    right.set_title("momentum")
    return figure


def basins_of_attraction():
    """The basins of attraction of four minima, for momentum and Adam."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8))
    plot_basins(optimizers.momentum(0.005), "himmelblau", ax=left)
    plot_basins("adam", "himmelblau", ax=right)
    left.set_title("momentum")
    right.set_title("Adam")
    return figure


def gradient_noise():
    """The final points of descents with noisy gradients, and their mean loss."""
    return plot_gradient_noise(
        {
            "rate 0.1": optimizers.sgd(0.1),
            "rate 0.4": optimizers.sgd(0.4),
            "momentum, 0.01": optimizers.momentum(0.01),
            "falling rate": optimizers.sgd(schedules.inverse_time_decay(0.3, 20, 1.0)),
        }
    )


def learning_rate_finder():
    """The learning rate finder: the loss of a network in three sweeps."""
    keras.utils.set_random_seed(0)
    iris = load_iris()
    network = models.mlp(4, hidden=(32,), classes=3)
    network.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return plot_learning_rate_finder(
        find_learning_rate(network, iris.data, iris.target, 1e-5, 1, batch_size=50)
    )


def training_plot():
    """A finished fit, with means of two batches, the best epoch, and a previous fit in gray."""
    small = digits_fit(8)
    return digits_fit(32, compare={"8 units": small}, batches=2, target=0.9).figure


def many_metrics():
    """Panels for losses, for metrics in [0, 1], for counts and for the learning rate."""
    digits = load_digits()
    is_three_or_eight = np.isin(digits.target, (3, 8))
    x, y = digits.data[is_three_or_eight] / 16, digits.target[is_three_or_eight] == 3
    keras.utils.set_random_seed(0)
    hidden, output = keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")
    network = keras.Sequential([keras.Input((64,)), hidden, output])
    counts = keras.metrics.TruePositives(name="tp"), keras.metrics.FalsePositives(name="fp")
    metrics = ["accuracy", keras.metrics.AUC(name="auc"), *counts]
    network.compile("adam", "binary_crossentropy", metrics=metrics)
    panels = [["accuracy", "auc"], ["tp", "fp"], ["learning_rate"]]
    plot = TrainingPlot("Threes and eights", panels=panels, monitor="val_loss")
    cycles = CyclicLR(0.0005, 0.005, step_size=40)
    parts = {"validation_data": (x[200:], y[200:]), "callbacks": [plot, cycles]}
    network.fit(x[:200], y[:200], 20, epochs=30, verbose=0, **parts)
    return plot.figure


def seeds():
    """Two learning rates with five seeds each: the mean, and a band of one standard deviation."""
    digits = load_digits()
    x, y = digits.data[:300] / 16, digits.target[:300]
    options = {"solver": "sgd", "batch_size": 64, "max_iter": 20}
    histories = {}
    for rate in (0.02, 0.1):
        networks = [
            MLPClassifier((16,), random_state=seed, learning_rate_init=rate, **options)
            for seed in range(5)
        ]
        with warnings.catch_warnings(action="ignore"):  # of fits that did not converge
            histories[f"learning rate {rate}"] = [
                {"loss": network.fit(x, y).loss_curve_} for network in networks
            ]
    return plot_history(histories)


def histories():
    """Several fits, with a color for each."""
    return plot_history({f"{units} units": digits_fit(units) for units in (8, 32, 128)})


HELPERS = (
    iris_network,
    moons_network,
    digits_fit,
    threes_and_eights,
    digits_accuracies,
    random_search,
    pairs_of_digits,
    digits_predictions,
    residual_network,
)
FIGURES = (
    logistic_regression,
    one_hidden_layer,
    sums_and_activations,
    deep,
    weights_and_outputs,
    gradients,
    dropout,
    too_large_to_draw,
    chain_rule,
    one_example_explained,
    tensor_shapes,
    activation_functions,
    signals,
    decision_boundary,
    three_classes,
    maps_of_units,
    probability_surface,
    embedding,
    misclassified_images,
    nearest_neighbors,
    misclassified_pairs,
    predictions_and_labels,
    confusion_matrix,
    calibration_curves,
    dashboard_of_a_fit,
    class_balance,
    augmented_image,
    model_as_blocks,
    filters,
    convolution,
    filters_and_maps,
    feature_maps,
    grad_cam_maps,
    saliency_maps,
    occlusion_maps,
    update_ratios,
    gradients_by_layer,
    losses_by_batch,
    eleven_optimizers,
    paths_of_optimizers,
    losses_of_optimizers,
    zigzag,
    surface,
    loss_landscapes,
    momentum_and_nesterov,
    learning_rate_schedules,
    convergence_maps,
    basins_of_attraction,
    gradient_noise,
    learning_rate_finder,
    training_of_a_network,
    training_plot,
    many_metrics,
    histories,
    seeds,
    ablation,
    parallel_coordinates,
    slice_plot,
    optimization_histories,
)


ANIMATIONS = (training_of_a_network,)


def page():
    """Return the Markdown of the gallery."""
    parts = [HEAD, "".join(_code(helper) for helper in HELPERS)]
    for function in FIGURES:
        name, text = function.__name__, inspect.getdoc(function)
        title = name.replace("_", " ").capitalize()
        alt = " ".join(text.split())
        image = f"![{alt}](gallery/{file_name(function)})"
        parts.append(f"## {title}\n\n{text}\n\n{image}\n\n{_code(function)}")
    return "\n".join(parts)


def file_name(function):
    """Return the name of the file with the figure or the animation of a function."""
    suffix = ".gif" if function in ANIMATIONS else ".png"
    return f"{function.__name__}{suffix}"


def _code(function):
    """Return the code of a function in a fence, without its docstring."""
    head, _, body = inspect.getsource(function).partition('"""')
    body = body.partition('"""')[2].lstrip("\n")
    code = head.rstrip() + "\n" + body if function in HELPERS else textwrap.dedent(body)
    return f"```python\n{code.replace('return ', '', 1) if function in FIGURES else code}```\n"


def draw(folder):
    """Save all figures to a folder, and print progress."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, function in enumerate(FIGURES, start=1):
        print(f"{number:2} of {len(FIGURES)}  {function.__name__}")
        with mpl.rc_context(STYLE):
            path = folder / file_name(function)
            if function in ANIMATIONS:
                save_animation(function(), path)
            else:
                save_figure(function(), path)
                reduce_colors(Image.open(path)).save(path, optimize=True)  # a third of the size
        plt.close("all")


def main():
    """Write the page and the figures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", nargs="?", type=Path, default=here, help="default: %(default)s")
    target = parser.parse_args().folder
    draw(target / "gallery")
    (target / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
