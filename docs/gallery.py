"""Draws the gallery: `python docs/gallery.py` writes gallery.md and its pictures beside itself."""

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
    plot_ablation,
    plot_activation,
    plot_augmented,
    plot_backpropagation,
    plot_basins,
    plot_batch_losses,
    plot_calibration,
    plot_class_balance,
    plot_confusion_matrix,
    plot_convergence_map,
    plot_decision_boundary,
    plot_descent_loss,
    plot_digit_prediction,
    plot_explanation,
    plot_feature_maps,
    plot_filters,
    plot_grad_cam,
    plot_gradient_noise,
    plot_history,
    plot_layer_bars,
    plot_learning_rate_finder,
    plot_misclassified,
    plot_misclassified_pairs,
    plot_model_graph,
    plot_neighbours,
    plot_nesterov,
    plot_occlusion,
    plot_optimization_history,
    plot_optimizer_comparison,
    plot_optimizers,
    plot_parallel_coordinates,
    plot_predictions,
    plot_probability_surface,
    plot_saliency,
    plot_schedules,
    plot_signal_propagation,
    plot_slice,
    plot_surface,
    plot_tensor_shapes,
    plot_update_ratios,
    preprocessing,
    scratch,
)
from mlcourse.figures import STYLE, save_figure
from mlcourse.optimizers import schedules
from mlcourse.tuning.ablation import Ablation, Fit
from mlcourse.tuning.trials import Trial, Trials

HEAD = """# Gallery

What the functions of `mlcourse.figures` draw, each with its code. `make gallery` makes this page.

The true networks below are of scikit-learn, as it trains such small ones at once. A Keras model, a
list of weight matrices or a fitted `MLPClassifier` are drawn by the same calls.
"""


def iris_network():
    """A network 4-5-3 that knows irises, and one flower to ask it about."""
    iris = load_iris()
    x = iris.data - iris.data.mean(axis=0)
    network = MLPClassifier(5, activation="tanh", solver="lbfgs", alpha=1.0, random_state=0)
    network.set_params(max_iter=2000)
    return network.fit(x, iris.target), x[133]


def moons_network():
    """A network with one hidden layer of 8 units that tells two moons apart."""
    x, y = datasets.two_moons(100, noise=0.1, seed=0)
    network = MLPClassifier(8, solver="lbfgs", max_iter=2000, random_state=4)
    return network.fit(x, y), x, y


def digits_fit(units, **options):
    """A network that is trained on 200 digits, 8 x 8 pixels each: the plot of its fit."""
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
    """A network from scratch that tells threes from eights, 8 x 8 pixels each: learner, losses."""
    digits = load_digits()
    chosen = np.isin(digits.target, (3, 8))
    data = scratch.Data(digits.data[chosen] / 16, digits.target[chosen] == 3)
    layers = [
        scratch.Affine("first", 64, 16),
        scratch.Relu("relu"),
        scratch.Affine("embedding", 16, 2),
        scratch.Affine("output", 2, 1),
        scratch.Sigmoid("sigmoid"),
    ]
    optimizer, kept = scratch.Adam(0.003), scratch.AccCallback()
    learner = scratch.Learner(scratch.BCE(), scratch.Model(layers), optimizer, epochs=20)
    learner.set_callbacks([kept])
    learner.train_loop(scratch.Dataloader(data, scratch.Sampler(data, 20, shuffle=True)))
    return learner, kept


def digits_accuracies(seed, units, **settings):
    """A network trained on 600 digits, 8 x 8 pixels each: its validation and test accuracy."""
    x, y = load_digits(return_X_y=True)
    network = MLPClassifier(units, random_state=seed, max_iter=12, **settings)
    with warnings.catch_warnings(action="ignore"):  # of its end before it has converged
        network.fit(x[:600] / 16, y[:600])
    parts = slice(600, 1000), slice(1000, None)
    return [network.score(x[part] / 16, y[part]) for part in parts]


@cache
def random_search(seed):
    """Twenty settings drawn at random, as `tuning.search` would have tried them."""
    rng, trials = np.random.default_rng(seed), []
    for number in range(20):
        units, layers = 8 * int(rng.integers(1, 17)), int(rng.integers(1, 4))
        rate = float(10 ** rng.uniform(-4.5, 0))
        score, _ = digits_accuracies(number, [units] * layers, learning_rate_init=rate)
        settings = {"layers": layers, "units": units, "learning_rate": rate}
        trials.append(Trial(number, settings, "completed", score))
    return Trials("val_accuracy", 1, 20, trials)


def pairs_of_digits(n):
    """Pictures of two digits, 8 x 8 pixels each, of which four rows overlap; and their pairs."""
    digits = load_digits()
    chosen = np.random.default_rng(0).integers(len(digits.target), size=(2, n))
    x = np.zeros((n, 12, 8))
    for row, some in zip((0, 4), digits.images[chosen] / 16, strict=True):
        x[:, row : row + 8] = np.maximum(x[:, row : row + 8], some)
    return x, digits.target[chosen].T


@cache
def digits_answers():
    """What a network says of digits that it has not seen: pictures, true classes, answers."""
    digits = load_digits()
    x, y = digits.data / 16, digits.target
    network = MLPClassifier(32, max_iter=1000, random_state=0).fit(x[:200], y[:200])
    return digits.images[200:] / 16, y[200:], network.predict_proba(x[200:])


@cache
def residual_network():
    """A residual network that is trained on 600 digits, 8 x 8 pixels each; ratios, digits."""
    keras.utils.set_random_seed(0)
    digits = load_digits()
    x, y = digits.images[:600, :, :, np.newaxis] / 16, digits.target[:600]
    network, ratios = models.residual((8, 8, 1), (8, 16, 32)), UpdateRatios(every=4)
    network.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    network.fit(x, y, 20, epochs=5, verbose=0, callbacks=[ratios])
    return network, ratios, x, y


def logistic_regression():
    """Logistic regression as a graph: a sum and a sigmoid."""
    return draw_neural_net(
        None, [4, 1], draw_bias=True, labels=True, activation=True, sigmoid=True, figsize=(6, 4)
    )


def one_hidden_layer():
    """One hidden layer, with the name of each weight and their count."""
    return draw_neural_net(
        None, [2, 3, 1], draw_bias=True, labels=True, weight_count=True, figsize=(8, 5)
    )


def sums_and_activations():
    """Each unit split into its sum and its function, with activations and prediction."""
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
    """As deep and wide as a lecture goes, names and all."""
    return draw_neural_net(None, [5, *[12] * 6, 5], draw_bias=True, labels=True, figsize=(11, 5.8))


def weights_and_outputs():
    """A true network: edges have the colour and width of their weight, units show their outputs."""
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
    """How the loss depends on each weight: the same network, the same flower, of class 2."""
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
    """Dropout: another half of the hidden units is left out at each step."""
    figure, columns = plt.subplots(1, 3, figsize=(11, 4))
    for seed, axes in enumerate(columns):
        draw_neural_net(axes, [4, 8, 8, 3], dropout=0.5, seed=seed)
    return figure


def too_large_to_draw():
    """A network that is too large to be drawn whole: nine units a layer, the 60 strongest edges."""
    weights = [initializers.initial_weights(784, 128), initializers.initial_weights(128, 10)]
    return draw_neural_net(
        None, weights, labels=True, weight_count=True, max_units=9, top_edges=60, figsize=(9, 6)
    )


def chain_rule():
    """The chain rule for one weight, its factors on the edges that they belong to."""
    network, flower = iris_network()
    return plot_backpropagation(network, flower, 2, weight=(1, 3, 2))


def one_example_explained():
    """One example's way through a network and the gradient's way back; `explain` also prints it."""
    layers = [scratch.Affine("hidden", 2, 3, seed=8), scratch.Relu("relu")]
    network = scratch.Model([*layers, scratch.Affine("output", 3, 1, seed=8)])
    return plot_explanation(explain(network, x=[1.0, 2.0], y=[11.0]))


def tensor_shapes():
    """A batch of 32 on its way through a network, by the shapes of its tensors."""
    return plot_tensor_shapes([784, 512, 512, 10], batch=32)


def activation_functions():
    """Activation functions and their derivatives."""
    figure, grid = plt.subplots(2, 3, figsize=(12, 6.5))
    functions = "sigmoid", "tanh", "relu", "leaky_relu", "selu", "gelu"
    for axes, function in zip(grid.flat, functions, strict=True):
        plot_activation(function, axes, derivative=True)
    return figure


def signals():
    """Vanishing, exploding and healthy signals, by the deviation of the first weights."""
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
    """The boundary of a network, and the lines of its hidden units that it bends along."""
    network, x, y = moons_network()
    return plot_decision_boundary(network, x, y, hidden_lines=True)


def three_classes():
    """Three classes: their colours mixed by the probabilities, or one each."""
    x, y = datasets.spirals(100, noise=0.05, seed=0, classes=3)
    network = MLPClassifier((20, 20), solver="lbfgs", alpha=0.5, max_iter=2000, tol=1e-3)
    network.set_params(random_state=0).fit(x, y)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    plot_decision_boundary(network, x, y, left)
    plot_decision_boundary(network, x, y, right, fill="class")
    return figure


def sheet_of_probabilities():
    """The same probabilities of two classes as a height."""
    network, x, y = moons_network()
    return plot_probability_surface(network, x, y)


def embedding():
    """A digit, what a network says of it, and where it falls in the network's last two units."""
    learner, _ = threes_and_eights()
    x, y = learner.data.X, learner.data.y.astype(int)
    encoder = scratch.Model(learner.model.layers[:-2])
    head = scratch.Model(learner.model.layers[-2:])
    models, places = {"network": learner.model}, encoder(x)
    names = {"class_names": ("8", "3")}
    return plot_digit_prediction(x[0].reshape(8, 8), models, encoder, head, places, y, **names)


def mistakes():
    """Misclassified images, most confident first."""
    x, y, answers = digits_answers()
    return plot_misclassified(x, y, answers, 2, 6)


def near_each_other():
    """A digit, where a network puts it among others, and the digits that are nearest to it there.

    The ten outputs are drawn by their first two principal components.
    """
    x, y, answers = digits_answers()
    centred = answers - answers.mean(axis=0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    names = ("component 1", "component 2")
    return plot_neighbours(x, y, places, 3, outputs=answers, axis_names=names)


def computer_and_human():
    """Images with their true class above and their predicted class below."""
    x, y, answers = digits_answers()
    return plot_predictions(x, y, answers, 3, 10)


def what_is_taken_for_what():
    """A confusion matrix: right answers blue, and mistakes, the more common the darker."""
    _, y, answers = digits_answers()
    names = [str(digit) for digit in range(10)]
    return plot_confusion_matrix(evaluation.confusion_matrix(y, answers), names)


def as_sure_as_right():
    """How often a network is right, by how sure it is; on the diagonal both are the same."""
    _, y, answers = digits_answers()
    squared = answers**2 / (answers**2).sum(axis=1, keepdims=True)
    found = {"a network": answers, "the same, surer of itself": squared}
    return plot_calibration({name: evaluation.calibration(y, one) for name, one in found.items()})


def one_fit_at_a_glance():
    """Curves of a fit, what is taken for what, and six mistakes with their own labels."""
    x, y, answers = digits_answers()
    cm = evaluation.confusion_matrix(y, answers)
    names = [str(digit) for digit in range(10)]
    return dashboard(digits_fit(64), cm, names, answers, (x, y), title="200 digits")


def wrong_pairs():
    """Two digits a picture, of which a network with two outputs reads at least one wrong."""
    x, y = pairs_of_digits(3000)
    keras.utils.set_random_seed(0)
    network = models.two_head((12, 8), hidden=(64,))
    network.compile("adam", ["sparse_categorical_crossentropy"] * 2)
    network.fit(x[:2500], [*y[:2500].T], epochs=15, verbose=0)
    predictions = network.predict(x[2500:], verbose=0)
    return plot_misclassified_pairs(x[2500:], y[2500:], predictions, 1, 5)


def balance_of_classes():
    """How many examples of each class there are in each part, and what equal shares would be."""
    y = load_digits().target
    return plot_class_balance({"training": y[:200], "test": y[200:]}, list("0123456789"))


def one_picture_many_ways():
    """A picture mirrored, moved and covered at random."""
    flower = load_sample_image("flower.jpg")[40:420:6, 100:480:6]
    return plot_augmented(flower, rows=2, cols=6, pad=8, cutout=14)


def network_as_blocks():
    """A Keras model as it is: what each block does, what comes out of it, and its parameters."""
    return plot_model_graph(models.residual(), title="models.residual()")


def filters():
    """Filters that whiten patches of two photographs: by what neighbouring pixels differ."""
    photographs = [load_sample_image(f"{name}.jpg") for name in ("china", "flower")]
    scaled = preprocessing.standardize_per_image(np.array(photographs)[:, ::4, ::4])
    return plot_filters(preprocessing.patch_filters(scaled, side=3), rows=3)


def feature_maps():
    """What the layers of a residual network make of a digit."""
    network, _, x, _ = residual_network()
    return plot_feature_maps(x[3], inspection.feature_maps(network, x[3:4]))


def where_the_evidence_is():
    """Grad-CAM: the places of a digit that speak for its class."""
    network, _, x, y = residual_network()
    heat = inspection.grad_cam(network, x[:8], layer="stage1_activation")
    return plot_grad_cam(x[:8], heat, [str(digit) for digit in y[:8]])


def saliency():
    """The pixels whose small changes change the score of a digit's class most."""
    network, _, x, y = residual_network()
    heat = inspection.saliency(network, x[:4], y[:4])
    return plot_saliency(x[:4], heat, [str(digit) for digit in y[:4]])


def occlusion():
    """How much less probable a digit's class is when a place is covered."""
    network, _, x, y = residual_network()
    drops = inspection.occlusion(network, x[:4], y[:4])
    return plot_occlusion(x[:4], drops, [str(digit) for digit in y[:4]], common_scale=True)


def updates_beside_weights():
    """How large each step is beside the weights, layer by layer."""
    _, ratios, *_ = residual_network()
    return plot_update_ratios(ratios.history)


def gradients_by_layer():
    """The norm of the gradient in each layer."""
    network, _, x, y = residual_network()
    norms = inspection.gradient_norms(network, x[:200], y[:200])
    return plot_layer_bars(norms, log_scale=True, label="norm of the gradient")


def one_change_at_a_time():
    """Four changes to a baseline, each from four seeds: a mean, and how sure it is."""
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
            found = digits_accuracies(seed, [10], **{**baseline, **settings})
            fits.append(Fit(name, seed, dict(zip(metrics, found, strict=True)), seconds=0.1))
    table = Ablation(variants, 4, metrics, fits)  # tuning.ablation returns such a one
    return plot_ablation(table, title="600 digits, 10 hidden units")


def search_by_its_settings():
    """A search: each trial is a line through its settings, and ends at its score."""
    return plot_parallel_coordinates(random_search(0), title="600 digits")


def search_by_each_setting():
    """The same search: the score against each of the hyperparameters."""
    return plot_slice(random_search(0), title="600 digits")


def three_searches():
    """Three random searches of the same space: each trial, and the best one so far."""
    return plot_optimization_history({f"seed {seed}": random_search(seed) for seed in range(3)})


def losses_by_batch():
    """The loss of each batch, and its mean in each epoch."""
    _, kept = threes_and_eights()
    return plot_batch_losses(kept.batch_losses, kept.losses)


def eleven_optimizers():
    """The course's eleven optimizers on Beale's function, an arrow a step."""
    return plot_optimizers(None, 100, opt_names)


def losses_of_optimizers():
    """How high above the minimum they are after each step."""
    return plot_descent_loss(100, opt_names)


def zigzag():
    """A ravine: gradient descent goes to and fro across it, momentum and Adam along it."""
    zigzag = {"sgd 0.45": optimizers.sgd(0.45), "momentum 0.1": optimizers.momentum(0.1)}
    return plot_optimizer_comparison(50, zigzag | {"adam": "adam"}, surface="ravine")


def surface():
    """A surface in three dimensions, with paths of optimizers."""
    return plot_surface("saddle", optimizers=["sgd", "momentum", "adam"], iterations=60)


def momentum_and_nesterov():
    """A step of momentum and one of Nesterov momentum, taken apart."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4))
    plot_nesterov(left, "Momentum")
    plot_nesterov(right, "Nesterov momentum")
    return figure


def learning_rate_schedules():
    """Learning rates by step."""
    return plot_schedules()


def rates_against_starts():
    """Which learning rates lead to the minimum of a ravine, and how fast: a descent a point."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
    plot_convergence_map("ravine", "sgd", left, learning_rates=(0.01, 1))
    plot_convergence_map("ravine", "momentum", right, learning_rates=(0.01, 1))
    left.set_title("gradient descent")
    right.set_title("momentum")
    return figure


def basins_of_attraction():
    """At which of four minima momentum and Adam end, by where they start."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8))
    plot_basins("himmelblau", optimizers.momentum(0.005), left)
    plot_basins("himmelblau", "adam", right)
    left.set_title("momentum")
    right.set_title("Adam")
    return figure


def gradient_noise():
    """Where descents end whose gradients are noisy, and their mean loss."""
    return plot_gradient_noise(
        {
            "rate 0.1": optimizers.sgd(0.1),
            "rate 0.4": optimizers.sgd(0.4),
            "momentum, 0.01": optimizers.momentum(0.01),
            "falling rate": optimizers.sgd(schedules.inverse_time_decay(0.3, 20, 1.0)),
        }
    )


def learning_rate_finder():
    """Which learning rates make the loss of a network fall, by three sweeps."""
    keras.utils.set_random_seed(0)
    iris = load_iris()
    network = models.mlp(4, hidden=(32,), classes=3)
    network.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return plot_learning_rate_finder(
        find_learning_rate(network, iris.data, iris.target, 1e-5, 1, batch_size=50)
    )


def training_plot():
    """A fit at its end: faint, means of two batches; ringed, the best; grey, an earlier fit."""
    small = digits_fit(8)
    return digits_fit(32, compare={"8 units": small}, batches=2, target=0.9).figure


def many_metrics():
    """A panel for losses, one for metrics in [0, 1], one for counts, one for the learning rate."""
    digits = load_digits()
    chosen = np.isin(digits.target, (3, 8))
    x, y = digits.data[chosen] / 16, digits.target[chosen] == 3
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


def histories():
    """Fits side by side, a colour each."""
    return plot_history({f"{units} units": digits_fit(units) for units in (8, 32, 128)})


HELPERS = (
    iris_network,
    moons_network,
    digits_fit,
    threes_and_eights,
    digits_accuracies,
    random_search,
    pairs_of_digits,
    digits_answers,
    residual_network,
)
PICTURES = (
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
    sheet_of_probabilities,
    embedding,
    mistakes,
    near_each_other,
    wrong_pairs,
    computer_and_human,
    what_is_taken_for_what,
    as_sure_as_right,
    one_fit_at_a_glance,
    balance_of_classes,
    one_picture_many_ways,
    network_as_blocks,
    filters,
    feature_maps,
    where_the_evidence_is,
    saliency,
    occlusion,
    updates_beside_weights,
    gradients_by_layer,
    losses_by_batch,
    eleven_optimizers,
    losses_of_optimizers,
    zigzag,
    surface,
    momentum_and_nesterov,
    learning_rate_schedules,
    rates_against_starts,
    basins_of_attraction,
    gradient_noise,
    learning_rate_finder,
    training_plot,
    many_metrics,
    histories,
    one_change_at_a_time,
    search_by_its_settings,
    search_by_each_setting,
    three_searches,
)


def page():
    """Returns the gallery's Markdown."""
    parts = [HEAD, "".join(_code(helper) for helper in HELPERS)]
    for picture in PICTURES:
        name, text = picture.__name__, inspect.getdoc(picture)
        title = name.replace("_", " ").capitalize()
        alt = " ".join(text.split())
        parts.append(f"## {title}\n\n{text}\n\n![{alt}](gallery/{name}.png)\n\n{_code(picture)}")
    return "\n".join(parts)


def _code(function):
    """Returns a function's code in a fence, without its docstring."""
    head, _, body = inspect.getsource(function).partition('"""')
    body = body.partition('"""')[2].lstrip("\n")
    code = head.rstrip() + "\n" + body if function in HELPERS else textwrap.dedent(body)
    return f"```python\n{code.replace('return ', '', 1) if function in PICTURES else code}```\n"


def draw(folder):
    """Writes every picture into a folder, and says which one is drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(PICTURES, start=1):
        print(f"{number:2} of {len(PICTURES)}  {picture.__name__}")
        with mpl.rc_context(STYLE):
            path = save_figure(picture(), folder / f"{picture.__name__}.png")
        image = Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
        image.save(path, optimize=True)  # a third as large
        plt.close("all")


def main():
    """Writes the page and the pictures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", nargs="?", type=Path, default=here, help="default: %(default)s")
    target = parser.parse_args().folder
    draw(target / "gallery")
    (target / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
