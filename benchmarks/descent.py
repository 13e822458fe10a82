"""Eleven optimizers, 100 steps each on Beale's function: the paths, and their picture.

The plain way is a loop with GradientTape and Keras's own optimizers, as lecture notebooks have it.
`DescentDisplay.update` shows another number of steps in a picture that is kept.
"""

from itertools import cycle

import keras
import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.timing import Finding, compared
from mlcourse import optimizers
from mlcourse.figures import DescentDisplay, plot_optimizers
from mlcourse.optimizers import surfaces

RUNS, STEPS = 5, 100
BEALE = surfaces.find("beale")
SHOWN = (40, 41, 60, 100)  # numbers of steps, as a slider asks for them


def keras_optimizers():
    """Returns new ones of Keras's counterparts of the course's optimizers."""
    kinds, schedules = keras.optimizers, keras.optimizers.schedules
    return [
        kinds.SGD(0.01),
        kinds.SGD(schedules.ExponentialDecay(0.02, 100, 0.96)),
        kinds.SGD(schedules.CosineDecayRestarts(0.02, 10)),  # as much work
        kinds.SGD(0.005, momentum=0.9),
        kinds.SGD(0.005, momentum=0.9, nesterov=True),
        kinds.Adagrad(0.4),
        kinds.Adadelta(1.0),
        kinds.RMSprop(0.1),
        kinds.RMSprop(0.1, momentum=0.9),
        kinds.Adam(0.2, epsilon=1e-8),
        kinds.Adamax(0.5),
    ]


def plain(optimizer):
    """Returns a path by GradientTape and a Keras optimizer, a step at a time."""
    point = tf.Variable(BEALE.start)
    path = [point.numpy()]
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            height = BEALE.height(point[0], point[1])
        optimizer.apply_gradients([(tape.gradient(height, point), point)])
        path.append(point.numpy())
    return np.array(path)


def ours(optimizer):
    """Returns a path by our own rule, computed, not remembered."""
    walk = optimizers.iterate(BEALE, optimizer, np.array(BEALE.start, np.float32), STEPS)
    return np.array(list(walk))


def every(path, kinds):
    """Returns a function that makes the path of each optimizer of new ones."""
    return lambda: [path(kind) for kind in kinds()]


def new_axes():
    """Returns Axes of a figure outside pyplot."""
    figure = Figure(figsize=(7.5, 5))
    FigureCanvasAgg(figure)
    return figure.subplots()


def rows():
    """Yields the ratios of the paths and of the picture, and how many paths that computes: none."""
    others = {"GradientTape and Keras's optimizers": every(plain, keras_optimizers)}
    what = f"eleven optimizers, {STEPS} steps each"
    yield from compared(what, every(ours, optimizers.COURSE.values), others, RUNS)
    kept, names = DescentDisplay(new_axes(), STEPS, optimizers.opt_names), optimizers.opt_names
    kept.ax.figure.canvas.draw()
    before = optimizers.descent._path.cache_info().misses
    updated, anew = cycle(SHOWN), cycle(SHOWN)
    others = {"`plot_optimizers`": lambda: plot_optimizers(new_axes(), next(anew), names)}
    what = "their picture by `DescentDisplay.update`, for another number of steps"
    yield from compared(what, lambda: kept.update(next(updated)), others, 2 * len(SHOWN))
    computed = optimizers.descent._path.cache_info().misses - before
    yield Finding("paths computed for these pictures", str(computed))
