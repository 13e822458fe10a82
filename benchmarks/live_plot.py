"""`TrainingPlot` compared with a new figure after each epoch and with livelossplot, in a notebook.

All figures are 9 x 3.6 inches. A frame is measured in a kernel, with every frame drawn. A fit is
measured with default settings, so `TrainingPlot` skips frames; the difference between two fits is
uncertain by about 20%. Blank frames and figure sizes are measured in JupyterLab in Chromium, where
a figure can be missing for a moment or change its size.
"""

import json
import operator
import os
import statistics
import tempfile
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.timing import Finding, Ratio, as_row, compare, format_number, measure_in_turn

ROOT = Path(__file__).resolve().parents[1]
OURS = "`TrainingPlot`"
PLOTS = (OURS, "a new figure, `clear_output`", "livelossplot")
FIGSIZE = (9, 3.6)  # inches
LAST_EPOCH = 1000
DRAWN_EPOCHS = 60  # at the start and at the end; the epochs between are only logged
WARM_UP_FRAMES = 20  # before memory is measured
RUNS = 2
EPOCHS = 40  # of a timed fit
BROWSER_FRAMES = 30  # at least 0.1 s apart


def new_figure():
    """Return a callback that shows a new figure after each epoch, and a function to log one."""
    import keras
    from IPython.display import clear_output
    from matplotlib import pyplot as plt

    history = {}

    def log(epoch, logs):
        for name, value in logs.items():
            history.setdefault(name, []).append(value)

    def show(epoch, logs):
        log(epoch, logs)
        clear_output(wait=True)
        _, axes = plt.subplots(1, 2, figsize=FIGSIZE)
        for name, values in history.items():
            axes[int("loss" not in name)].plot(values, label=name)
        for ax in axes:
            ax.set_xlabel("epoch")
            ax.legend()
        plt.show()

    return keras.callbacks.LambdaCallback(on_epoch_end=show), log


def livelossplot():
    """Return livelossplot's callback with a figure of the same size, and a function to log."""
    from livelossplot import PlotLossesKeras

    callback = PlotLossesKeras(figsize=FIGSIZE)
    return callback, lambda epoch, logs: callback.liveplot.update(logs, epoch)


def training_plot():
    """Return a `TrainingPlot`, and a function to log an epoch without drawing."""
    from mlcourse import TrainingPlot

    callback = TrainingPlot()
    return callback, lambda epoch, logs: callback.as_history.add(epoch + 1, logs)


MAKE = dict(zip(PLOTS, (training_plot, new_figure, livelossplot), strict=True))


def draw(plot, last, drawn, pause=0.0):
    """Plot generated logs of a fit without training.

    Args:
        plot: one of `PLOTS`.
        last: number of epochs.
        drawn: number of epochs at the start and at the end that are drawn.
        pause: seconds after each frame.

    Returns:
        The median seconds of a frame near epoch 10 and at the end, and the growth of memory per
        frame in bytes.
    """
    from mlcourse.callbacks import live_output

    live_output.SHARE = 1e9  # draw every frame
    callback, log = MAKE[plot]()
    durations = []
    callback.set_model(small_model())
    callback.set_params({"epochs": last, "steps": 1})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for epoch in range(last):
        values = {"loss": 1 / (epoch + 2), "accuracy": 1 - 1 / (epoch + 2)}
        values |= {f"val_{name}": 0.9 * value for name, value in values.items()}
        if drawn <= epoch < last - drawn:
            log(epoch, values)
            continue
        start = time.perf_counter()
        callback.on_epoch_end(epoch, values)
        durations.append(time.perf_counter() - start)
        if len(durations) == WARM_UP_FRAMES:
            before = resident_memory()
        time.sleep(pause)
    growth = (resident_memory() - before) / (len(durations) - WARM_UP_FRAMES)
    callback.on_train_end()
    return statistics.median(durations[5:15]), statistics.median(durations[-10:]), growth


def small_model():
    """Return a compiled network; an epoch of `fits` takes about 50 to 100 ms."""
    import keras

    layers = [keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((784,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fits():
    """Return the ratios of a fit with our plot, with the alternatives and without one, as dicts."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2000, 784)).astype("float32"), rng.integers(0, 10, 2000)
    model = small_model()

    def fit(plot=None):
        callbacks = [MAKE[plot]()[0]] if plot else []
        model.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=callbacks)

    fit()  # compile
    alternatives = {plot: partial(fit, plot) for plot in PLOTS[1:]}
    alternatives["no plot"] = fit
    task = f"a fit of {EPOCHS} epochs with {OURS}"
    ratios = compare(task, partial(fit, OURS), alternatives, RUNS, warm_up=0)
    return [asdict(ratio) for ratio in ratios]


def resident_memory():
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def in_kernel(call):
    """Return the result of a call of a function of this module, in a new kernel."""
    import nbformat
    from nbclient import NotebookClient

    cells = [*begin(), f"result = live_plot.{call}", "import json; print(json.dumps(result))"]
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


def begin():
    """Return the first cells of a notebook that uses this module."""
    return f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom benchmarks import live_plot", (
        "%matplotlib inline\nimport keras, livelossplot\nfrom mlcourse import TrainingPlot"
    )


def frames():
    """Yield the ratios of an early and a late frame, and the growth of memory."""
    calls = {plot: f"draw({plot!r}, {LAST_EPOCH}, {DRAWN_EPOCHS})" for plot in PLOTS}
    functions = {plot: partial(in_kernel, call) for plot, call in calls.items()}
    measured = measure_in_turn(functions, RUNS, measure=operator.call, warm_up=0)
    for number, epoch in enumerate((10, LAST_EPOCH)):
        durations = {plot: [run[number] for run in measured[plot]] for plot in PLOTS}
        for plot in PLOTS[1:]:
            task = f"a frame of {OURS} at epoch {epoch:,}"
            yield Ratio(task, plot, durations[OURS], durations[plot])
    for plot in PLOTS:
        growth = statistics.median(run[2] for run in measured[plot])
        megabytes = LAST_EPOCH * growth / 1e6
        yield Finding(
            f"{plot}: memory after {LAST_EPOCH:,} frames", f"{format_number(megabytes)} MB more"
        )


def browser_rows():
    """Yield the blank frames and figure sizes of each plot in the browser."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        for plot in PLOTS:
            yield Finding(f"{plot}: in the browser", flicker(lab, plot))


def flicker(lab, plot):
    """Return the percentage of blank frames and the number of figure sizes, as text."""
    name = "".join(filter(str.isalpha, plot))
    call = f"live_plot.draw({plot!r}, {BROWSER_FRAMES}, {BROWSER_FRAMES}, 0.1);"
    notebook = lab.open(name, *begin(), call)
    notebook.run_all()
    notebook.wait_for_end(2, 90)
    frames = notebook.frames()
    notebook.close()
    frames = [frame for frame in frames if frame["picture"] < frames[-1]["picture"]]
    sizes = {tuple(frame["size"]) for frame in frames if frame["images"]}
    blank = sum(not frame["images"] for frame in frames) / len(frames)
    return f"{blank:.1%} of the frames blank, number of figure sizes: {len(sizes)}"


def rows():
    """Yield the results for frames, for fits, and in the browser."""
    yield from frames()
    yield from map(as_row, in_kernel("fits()"))
    yield from browser_rows()
