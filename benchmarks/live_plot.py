"""`TrainingPlot` vs. a new figure after each epoch, and vs. livelossplot, in a notebook.

All figures are 9 x 3.6 inches. Frames are measured in a kernel that draws all frames. Fits are
measured with the default settings, with which `TrainingPlot` skips frames; the difference of two
fits has an uncertainty of about 20%. Flicker is measured in JupyterLab in Chromium, where a figure
may disappear for a moment, or change its size.
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

from benchmarks.timing import Finding, Ratio, as_row, compare, interleaved, short

ROOT = Path(__file__).resolve().parents[1]
OURS = "`TrainingPlot`"
PLOTS = (OURS, "a new figure, `clear_output`", "livelossplot")
FIGSIZE = (9, 3.6)  # inches
N_EPOCHS = 1000  # of the simulated fit
N_DRAWN = 60  # epochs with a frame at the start, and as many at the end
WARM_UP = 20  # frames before the first measurement of memory
RUNS = 2
FIT_EPOCHS = 40  # of the timed fits
BROWSER_FRAMES = 30  # at least 0.1 s apart


def new_figure():
    """Return a callback that shows a new figure after each epoch, and its function for logs."""
    import keras
    from IPython.display import clear_output
    from matplotlib import pyplot as plt

    history = {}

    def record(epoch, logs):
        for name, value in logs.items():
            history.setdefault(name, []).append(value)

    def show(epoch, logs):
        record(epoch, logs)
        clear_output(wait=True)
        _, axes = plt.subplots(1, 2, figsize=FIGSIZE)
        for name, values in history.items():
            axes[int("loss" not in name)].plot(values, label=name)
        for ax in axes:
            ax.set_xlabel("epoch")
            ax.legend()
        plt.show()

    return keras.callbacks.LambdaCallback(on_epoch_end=show), record


def livelossplot():
    """Return livelossplot's callback, with the same figure size, and its function for logs."""
    from livelossplot import PlotLossesKeras

    callback = PlotLossesKeras(figsize=FIGSIZE)
    return callback, lambda epoch, logs: callback.liveplot.update(logs, epoch)


def training_plot():
    """Return a `TrainingPlot`, and its function for logs."""
    from mlcourse import TrainingPlot

    callback = TrainingPlot()
    return callback, lambda epoch, logs: callback.epoch_history.add(epoch + 1, logs)


MAKE = dict(zip(PLOTS, (training_plot, new_figure, livelossplot), strict=True))


def draw(name, n_epochs, n_drawn, pause=0.0):
    """Plot a simulated fit with all frames at its start and its end.

    Args:
        name: one of `PLOTS`.
        n_epochs: number of epochs.
        n_drawn: number of epochs with a frame at the start, and as many at the end.
        pause: seconds between frames.

    Returns:
        The median seconds of a frame around epoch 10, those at the end, and the growth of memory
        in bytes per frame.
    """
    from mlcourse.callbacks import live_output

    live_output.SHARE = 1e9  # draw all frames
    callback, record = MAKE[name]()
    durations = []
    callback.set_model(small_model())
    callback.set_params({"epochs": n_epochs, "steps": 1})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for epoch in range(n_epochs):
        values = {"loss": 1 / (epoch + 2), "accuracy": 1 - 1 / (epoch + 2)}
        values |= {f"val_{name}": 0.9 * value for name, value in values.items()}
        if n_drawn <= epoch < n_epochs - n_drawn:
            record(epoch, values)
            continue
        start = time.perf_counter()
        callback.on_epoch_end(epoch, values)
        durations.append(time.perf_counter() - start)
        if len(durations) == WARM_UP:
            memory = resident_memory()
        time.sleep(pause)
    growth = (resident_memory() - memory) / (len(durations) - WARM_UP)
    callback.on_train_end()
    return statistics.median(durations[5:15]), statistics.median(durations[-10:]), growth


def small_model():
    """Return a compiled network whose epochs take 50 to 100 ms."""
    import keras

    layers = [keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((784,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fits():
    """Return the ratios of fits with the other plots, or none, to one with ours, as dicts."""
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 784)).astype("float32")
    y = rng.integers(0, 10, 2000)
    model = small_model()

    def fit(name=None):
        callbacks = [MAKE[name]()[0]] if name else []
        model.fit(x, y, epochs=FIT_EPOCHS, verbose=0, callbacks=callbacks)

    fit()  # compiles the model
    what = f"a fit of {FIT_EPOCHS} epochs with {OURS}"
    alternatives = {name: partial(fit, name) for name in PLOTS[1:]}
    alternatives["no plot"] = fit
    ratios = compare(what, partial(fit, OURS), alternatives, RUNS, warm_up=0)
    return [asdict(ratio) for ratio in ratios]


def resident_memory():
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def in_kernel(call):
    """Return the result of a call of a function of this file in a new kernel."""
    import nbformat
    from nbclient import NotebookClient

    cells = [*first_cells(), f"result = live_plot.{call}", "import json; print(json.dumps(result))"]
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


def first_cells():
    """Return the first cells of a notebook that uses this file."""
    return f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom benchmarks import live_plot", (
        "%matplotlib inline\nimport keras, livelossplot\nfrom mlcourse import TrainingPlot"
    )


def frames():
    """Yield the ratios of an early and a late frame, and the growth of memory."""
    functions = {}
    for name in PLOTS:
        functions[name] = partial(in_kernel, f"draw({name!r}, {N_EPOCHS}, {N_DRAWN})")
    results = interleaved(functions, RUNS, measure=operator.call, warm_up=0)
    for index, epoch in enumerate(("10", f"{N_EPOCHS:,}")):
        times = {name: [run[index] for run in results[name]] for name in PLOTS}
        for name in PLOTS[1:]:
            yield Ratio(f"a frame of {OURS} at epoch {epoch}", name, times[OURS], times[name])
    for name in PLOTS:
        growth = statistics.median(run[2] for run in results[name])
        megabytes = N_EPOCHS * growth / 1e6
        yield Finding(f"{name}: memory in {N_EPOCHS:,} frames", f"{short(megabytes)} MB more")


def flicker_in_browser():
    """Yield the flicker of each plot in the browser."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        for name in PLOTS:
            yield Finding(f"{name}: in the browser", flicker(lab, name))


def flicker(lab, name):
    """Return the fraction of frames without a figure, and the number of its sizes, as text."""
    call = f"live_plot.draw({name!r}, {BROWSER_FRAMES}, {BROWSER_FRAMES}, 0.1);"
    notebook = lab.open("".join(filter(str.isalpha, name)), *first_cells(), call)
    notebook.run_all()
    notebook.wait_for_end(2, 90)
    frames = notebook.frames()
    notebook.close()
    frames = [frame for frame in frames if frame["picture"] < frames[-1]["picture"]]
    sizes = {tuple(frame["size"]) for frame in frames if frame["images"]}
    blank = sum(not frame["images"] for frame in frames) / len(frames)
    return f"{blank:.1%} of the frames blank, sizes of the figure: {len(sizes)}"


def rows():
    """Yield the results of frames, of fits, and of the flicker."""
    yield from frames()
    yield from map(as_row, in_kernel("fits()"))
    yield from flicker_in_browser()
