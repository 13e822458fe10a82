"""Eleven optimizers, 100 steps each on Beale's function: the paths, and their figure.

The alternative for the paths is a loop with GradientTape and Keras's own optimizers, as in lecture
notebooks. `DescentDisplay.update` changes the number of steps in an existing figure.
"""

from itertools import cycle

import keras
import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.timing import Finding, compare
from mlcourse import optimizers
from mlcourse.figures import DescentDisplay, plot_optimizers
from mlcourse.optimizers import surfaces

RUNS = 5
STEPS = 100
BEALE = surfaces.find("beale")
SLIDER_STEPS = (40, 41, 60, 100)


def keras_optimizers():
    """Return new Keras optimizers that correspond to the course's optimizers."""
    kinds, schedules = keras.optimizers, keras.optimizers.schedules
    return [
        kinds.SGD(0.01),
        kinds.SGD(schedules.ExponentialDecay(0.02, 100, 0.96)),
        kinds.SGD(schedules.CosineDecayRestarts(0.02, 10)),  # the same amount of work
        kinds.SGD(0.005, momentum=0.9),
        kinds.SGD(0.005, momentum=0.9, nesterov=True),
        kinds.Adagrad(0.4),
        kinds.Adadelta(1.0),
        kinds.RMSprop(0.1),
        kinds.RMSprop(0.1, momentum=0.9),
        kinds.Adam(0.2, epsilon=1e-8),
        kinds.Adamax(0.5),
    ]


def tape_path(optimizer):
    """Return the path of a Keras optimizer, computed step by step with GradientTape."""
    point = tf.Variable(BEALE.start)
    path = [point.numpy()]
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            height = BEALE.height(point[0], point[1])
        optimizer.apply_gradients([(tape.gradient(height, point), point)])
        path.append(point.numpy())
    return np.array(path)


def our_path(optimizer):
    """Return the path of one of our optimizers, computed without the cache."""
    walk = optimizers.iterate(BEALE, optimizer, np.array(BEALE.start, np.float32), STEPS)
    return np.array(list(walk))


def all_paths(path, make_optimizers):
    """Return a function that computes the paths of new optimizers."""
    return lambda: [path(optimizer) for optimizer in make_optimizers()]


def new_axes():
    """Return the Axes of a new figure outside of pyplot."""
    figure = Figure(figsize=(7.5, 5))
    FigureCanvasAgg(figure)
    return figure.subplots()


def rows():
    """Yield the ratios of the paths and of the figure, and the number of paths computed for it."""
    ours = all_paths(our_path, optimizers.COURSE.values)
    alternatives = {"GradientTape and Keras's optimizers": all_paths(tape_path, keras_optimizers)}
    yield from compare(f"eleven optimizers, {STEPS} steps each", ours, alternatives, RUNS)
    names = optimizers.opt_names
    display = DescentDisplay(new_axes(), STEPS, names)
    display.ax.figure.canvas.draw()
    before = optimizers.descent._path.cache_info().misses
    our_steps = cycle(SLIDER_STEPS)
    new_steps = cycle(SLIDER_STEPS)
    alternatives = {
        "`plot_optimizers`": lambda: plot_optimizers(new_axes(), next(new_steps), names)
    }
    task = "another number of steps in their figure, by `DescentDisplay.update`"
    runs = 2 * len(SLIDER_STEPS)
    yield from compare(task, lambda: display.update(next(our_steps)), alternatives, runs)
    computed = optimizers.descent._path.cache_info().misses - before
    yield Finding("paths computed for these figures", str(computed))
