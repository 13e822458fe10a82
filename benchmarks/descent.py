"""Eleven optimizers, 100 steps each: how long the paths take, here and with Keras one by one.

The plain way is a loop with GradientTape and Keras's own optimizers, as lecture notebooks have it.
"""

import io
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse import optimizers, surfaces
from mlcourse.figures import DescentDisplay, plot_optimizers

RUNS, STEPS = 5, 100
BEALE = surfaces.find("beale")
SHOWN = (40, 41, 60, 100)  # iteration counts, as a slider asks for them


def keras_optimizers():
    """Returns Keras's counterparts of the course's optimizers."""
    kinds, schedules = keras.optimizers, keras.optimizers.schedules
    return {
        "sgd": kinds.SGD(0.01),
        "sgd_decay": kinds.SGD(schedules.ExponentialDecay(0.02, 100, 0.96)),
        "sgd_cyclic": kinds.SGD(schedules.CosineDecayRestarts(0.02, 10)),  # as much work
        "momentum": kinds.SGD(0.005, momentum=0.9),
        "nesterov": kinds.SGD(0.005, momentum=0.9, nesterov=True),
        "adagrad": kinds.Adagrad(0.4),
        "adadelta": kinds.Adadelta(1.0),
        "rmsprop": kinds.RMSprop(0.1),
        "rmsprop_mom": kinds.RMSprop(0.1, momentum=0.9),
        "adam": kinds.Adam(0.2, epsilon=1e-8),
        "adamax": kinds.Adamax(0.5),
    }


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
    walk = optimizers.walk(BEALE, optimizer, np.array(BEALE.start, np.float32), STEPS)
    return np.array(list(walk))


def seconds(function):
    """Returns how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def every(path, kinds):
    """Returns a function that makes the path of each of these optimizers."""
    return lambda: [path(kind) for kind in kinds]


def new_axes():
    """Returns Axes of a figure outside pyplot."""
    figure = Figure(figsize=(7.5, 5))
    FigureCanvasAgg(figure)
    return figure.subplots()


def spread(ratios):
    """Returns the median of ratios with the lowest and the highest, as text."""
    return f"{np.median(ratios):,.0f} ({min(ratios):,.0f} to {max(ratios):,.0f})"


def paths():
    """Prints how many times as quick as the plain way the eleven paths are."""
    every(ours, optimizers.COURSE.values())()
    plain(keras.optimizers.SGD(0.01))  # the first step of all is no measure
    theirs, mine = np.array(
        [
            (
                seconds(every(plain, keras_optimizers().values())),
                seconds(every(ours, optimizers.COURSE.values())),
            )
            for _ in range(RUNS)
        ]
    ).T
    print(f"eleven optimizers, {STEPS} steps each")
    print(f"  GradientTape and Keras  {np.median(theirs):8.3f} s")
    print(f"  mlcourse                {np.median(mine) * 1000:8.3f} ms, times as quick:", end=" ")
    print(spread(theirs / mine))


def redrawing():
    """Prints what another iteration count costs, and how many paths it computes: none."""
    kept = DescentDisplay(new_axes(), STEPS, optimizers.opt_names)
    kept.ax.figure.canvas.draw()
    before = optimizers.descent._path.cache_info().misses
    called = [
        seconds(lambda n=n: plot_optimizers(new_axes(), n, optimizers.opt_names)) for n in SHOWN
    ]
    updated = [seconds(lambda n=n: kept.update(n)) for n in SHOWN]
    rendered = [seconds(lambda: kept.ax.figure.canvas.print_png(io.BytesIO())) for _ in SHOWN]
    computed = optimizers.descent._path.cache_info().misses - before
    print("another iteration count, eleven optimizers")
    print(f"  paths computed          {computed}")
    print(f"  plot_optimizers anew    {np.median(called) * 1000:8.1f} ms")
    print(f"  DescentDisplay.update   {np.median(updated) * 1000:8.1f} ms")
    print(f"  its PNG                 {np.median(rendered) * 1000:8.1f} ms")


if __name__ == "__main__":
    paths()
    redrawing()
