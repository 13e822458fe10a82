"""Up to its limit, the cost of a function grows no faster than n log n.

The cost is counted, so that it is the same on each machine: executed lines of the package and calls
of other Python functions, and the largest number of bytes that are allocated at a time.
"""

import sys
import tracemalloc
from math import isqrt, log2
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

import mlcourse
from mlcourse import datasets, evaluation, figures, initializers, optimizers
from mlcourse.optimizers import schedules
from tests.faults.test_limits import model, per_layer, search, step_function

OWN_CODE = (str(Path(mlcourse.__file__).parent), __file__)
MARGIN = 1.1


def executed_lines(function):
    """Return the number of executed lines of the package plus the number of other calls."""
    n_events = 0

    def trace(frame, _event, _argument):
        nonlocal n_events
        n_events += 1
        return trace if frame.f_code.co_filename.startswith(OWN_CODE) else None

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(previous)
    return n_events


def allocated_bytes(function):
    """Return the largest number of bytes that are allocated while a function runs."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def growth(cost, prepare, n):
    """Return how many times as much a size costs as a quarter of it, relative to n log n.

    The result is 1 if the cost is proportional to n log n, and about 3 if it is quadratic.

    Args:
        cost: function that measures the cost of a function without arguments.
        prepare: function from a size to a function without arguments.
        n: the size.
    """
    prepare(n // 8)()  # fills caches
    first, last = (cost(prepare(size)) / (size * log2(size)) for size in (n // 4, n))
    return last / first


def laid_out(plot, *data):
    """Return a function that plots data and lays the figure out."""

    def draw():
        result = plot(*data)
        getattr(result, "figure", result).get_figure(root=True).draw_without_rendering()
        plt.close("all")

    return draw


def labels(n):
    return np.arange(n) % 3


def points(n):
    return np.random.default_rng(0).normal(size=(n, 2))


def images(n):
    return np.zeros((n, 4, 4))


def names(n):
    return [f"name {k}" for k in range(n)]


def square(plot):
    """Return a function of the number of cells of a square grid, for a function of its side."""
    return lambda n: laid_out(plot, isqrt(n))


def branches(n):
    import keras

    x = keras.Input((2,))
    parallel = [keras.layers.Dense(1)(x) for _ in range(n)]
    return keras.Model(x, keras.layers.Add()(parallel))


COMPUTED = {  # largest size, and function of the size
    "accuracy": (40_000, lambda n: evaluation.accuracy(labels(n), labels(n))),
    "confusion matrix": (40_000, lambda n: evaluation.confusion_matrix(labels(n), labels(n))),
    "classes of a report": (4_000, lambda n: evaluation.class_report(np.arange(n), np.arange(n))),
    "encode": (99_000, lambda n: evaluation.encode(np.arange(n))),
    "encode names": (10_000, lambda n: evaluation.encode(names(n))),
    "calibration": (40_000, lambda n: evaluation.calibration(labels(n) > 0, labels(n) / 2)),
    "bins": (10_000, lambda n: evaluation.calibration([0, 1], [0.1, 0.9], n_bins=n)),
    "descent": (40_000, lambda n: optimizers.descend("adam", "beale", steps=n)),
    "starts": (
        40_000,
        lambda n: optimizers.convergence("adam", "beale", np.zeros((2, n)), steps=9),
    ),
    "noisy paths": (
        10_000,
        lambda n: optimizers.noisy_paths("adam", "beale", steps=9, n_runs=n),
    ),
    "momentum step": (10_000, lambda n: optimizers.momentum_step("Momentum", "beale", step=n)),
    "initial weights": (
        10**6,
        lambda n: initializers.initial_weights(isqrt(n), isqrt(n), "he_normal"),
    ),
    "signal propagation": (400, lambda n: initializers.signal_propagation(9, n)),
    "two moons": (10**5, datasets.two_moons),
    "spirals": (10**5, datasets.spirals),
    "table of trials": (2_000, lambda n: search(n)._repr_html_()),
}
DRAWN = {
    "units": (1_900, lambda n: laid_out(figures.draw_neural_net, None, [n, 1])),
    "names of units": (
        80,
        lambda n: laid_out(
            lambda: figures.draw_neural_net(None, [n, 1], figsize=(9, n / 4), input_names=names(n))
        ),
    ),
    "edges": (40_000, square(lambda side: figures.draw_neural_net(None, [side, side]))),
    "blocks": (400, lambda n: laid_out(figures.plot_model_graph, model(n))),
    "branches": (200, lambda n: laid_out(figures.plot_model_graph, branches(n))),
    "tensor shapes": (100, lambda n: laid_out(figures.plot_tensor_shapes, [3] * n)),
    "layer bars": (100, lambda n: laid_out(figures.plot_layer_bars, per_layer(n))),
    "update ratios": (
        50,
        lambda n: laid_out(
            figures.plot_update_ratios, {"iterations": [0], **{key: [0.1] for key in per_layer(n)}}
        ),
    ),
    "feature maps": (
        50,
        lambda n: laid_out(
            figures.plot_feature_maps, images(1)[0], dict.fromkeys(per_layer(n), np.ones((2, 2, 1)))
        ),
    ),
    "filters": (4_096, lambda n: laid_out(figures.plot_filters, np.ones((n, 2, 2, 1)))),
    "heat maps": (50, lambda n: laid_out(figures.plot_saliency, images(n), images(n))),
    "samples": (
        64,
        square(lambda side: figures.plot_samples(images(side**2), labels(side**2), side, side)),
    ),
    "probabilities": (
        100,
        lambda n: laid_out(figures.plot_probabilities, images(1)[0], np.full(n, 1 / n)),
    ),
    "class balance": (
        200,
        lambda n: laid_out(figures.plot_class_balance, {"train": list(range(n))}),
    ),
    "calibrations": (
        12,
        lambda n: laid_out(
            figures.plot_calibration,
            dict.fromkeys(names(n), evaluation.calibration([0, 1], [0.1, 0.9])),
        ),
    ),
    "fits": (
        50,
        lambda n: laid_out(figures.plot_history, {key: {"loss": [0.5]} for key in names(n)}),
    ),
    "metrics": (
        100,
        lambda n: laid_out(figures.plot_history, {key: [0.5] for key in names(n)}),
    ),
    "epochs": (
        10**5,
        lambda n: laid_out(figures.plot_history, {"loss": np.linspace(1, 0.5, n).tolist()}),
    ),
    "trials": (10_000, lambda n: laid_out(figures.plot_slice, search(n))),
    "parallel coordinates": (
        2_000,
        lambda n: laid_out(figures.plot_parallel_coordinates, search(n)),
    ),
    "optimization history": (
        2_000,
        lambda n: laid_out(figures.plot_optimization_history, search(n)),
    ),
    "points of a boundary": (
        20_000,
        lambda n: laid_out(figures.plot_decision_boundary, step_function, points(n), labels(n) % 2),
    ),
    "grid of a boundary": (
        250_000,
        square(
            lambda side: figures.plot_decision_boundary(
                step_function, [[0, 0], [1, 1]], [0, 1], resolution=side
            )
        ),
    ),
    "cells of a confusion matrix": (
        62_500,
        square(lambda side: figures.plot_confusion_matrix(np.ones((side, side), int), names(side))),
    ),
    "steps of paths": (10_000, lambda n: laid_out(figures.plot_optimizers, None, n, ["adam"])),
    "optimizers": (20, lambda n: laid_out(figures.plot_descent_loss, ["adam"] * n)),
    "basins": (
        10**5,
        square(lambda side: figures.plot_basins("adam", "beale", resolution=side, steps=9)),
    ),
    "steps of schedules": (
        10**5,
        lambda n: laid_out(lambda: figures.plot_schedules(schedules.constant(0.1), steps=n)),
    ),
    "schedules": (
        50,
        lambda n: laid_out(lambda: figures.plot_schedules([schedules.constant(0.1)] * n, steps=9)),
    ),
}


def pairs(n):
    return [(a, b) for a in range(n) for b in range(n)]


def test_quadratic_costs_are_noticed():
    assert growth(executed_lines, lambda n: lambda: pairs(n), 200) > 2
    assert growth(allocated_bytes, lambda n: lambda: np.ones((n, n)), 200) > 2
    assert growth(executed_lines, lambda n: lambda: sorted(map(str, range(n))), 200) < 1
    assert growth(allocated_bytes, lambda n: lambda: np.ones((n, 9)), 200) < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [*COMPUTED, *DRAWN])
def test_a_cost_grows_no_faster_than_n_log_n(name):
    if name in DRAWN:
        n, prepare = DRAWN[name]
    else:
        n, compute = COMPUTED[name]

        def prepare(size):
            return lambda: compute(size)

    for cost in (executed_lines, allocated_bytes):
        assert growth(cost, prepare, n) < MARGIN, cost.__name__
