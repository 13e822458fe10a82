"""Eleven optimizers, 100 steps each on Beale's function: the paths, and their figure.

The alternative is a loop with GradientTape and Keras's optimizers, as in lecture notebooks.
`DescentDisplay.update` shows another number of steps in an existing figure.
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
SLIDER_VALUES = (40, 41, 60, 100)  # numbers of steps


def keras_optimizers():
    """Return new optimizers of Keras that correspond to those of the course."""
    schedules = keras.optimizers.schedules
    return [
        keras.optimizers.SGD(0.01),
        keras.optimizers.SGD(schedules.ExponentialDecay(0.02, 100, 0.96)),
        keras.optimizers.SGD(
            schedules.CosineDecayRestarts(0.02, 10)
        ),  # as fast as the course's schedule
        keras.optimizers.SGD(0.005, momentum=0.9),
        keras.optimizers.SGD(0.005, momentum=0.9, nesterov=True),
        keras.optimizers.Adagrad(0.4),
        keras.optimizers.Adadelta(1.0),
        keras.optimizers.RMSprop(0.1),
        keras.optimizers.RMSprop(0.1, momentum=0.9),
        keras.optimizers.Adam(0.2, epsilon=1e-8),
        keras.optimizers.Adamax(0.5),
    ]


def plain(optimizer):
    """Return the path of a Keras optimizer, by GradientTape, one step at a time."""
    point = tf.Variable(BEALE.start)
    path = [point.numpy()]
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            height = BEALE.height(point[0], point[1])
        optimizer.apply_gradients([(tape.gradient(height, point), point)])
        path.append(point.numpy())
    return np.array(path)


def ours(optimizer):
    """Return the path of an optimizer of mlcourse, without the cache."""
    points = optimizers.iterate(BEALE, optimizer, np.array(BEALE.start, np.float32), STEPS)
    return np.array(list(points))


def all_paths(path, make_optimizers):
    """Return a function that computes the paths of new optimizers."""
    return lambda: [path(optimizer) for optimizer in make_optimizers()]


def new_axes():
    """Return the Axes of a new figure outside pyplot."""
    figure = Figure(figsize=(7.5, 5))
    FigureCanvasAgg(figure)
    return figure.subplots()


def rows():
    """Yield the ratios of the paths and of the figure, and the number of paths computed for it."""
    alternatives = {"GradientTape and Keras's optimizers": all_paths(plain, keras_optimizers)}
    what = f"eleven optimizers, {STEPS} steps each"
    yield from compare(what, all_paths(ours, optimizers.COURSE.values), alternatives, RUNS)
    names = optimizers.opt_names
    display = DescentDisplay(new_axes(), STEPS, names)
    display.ax.figure.canvas.draw()
    before = optimizers.descent._path.cache_info().misses
    steps = cycle(SLIDER_VALUES)
    steps_of_plot = cycle(SLIDER_VALUES)

    def update():
        display.update(next(steps))

    def plot():
        plot_optimizers(new_axes(), next(steps_of_plot), names)

    what = "their figure by `DescentDisplay.update`, with another number of steps"
    yield from compare(what, update, {"`plot_optimizers`": plot}, 2 * len(SLIDER_VALUES))
    computed = optimizers.descent._path.cache_info().misses - before
    yield Finding("paths computed for these figures", str(computed))
