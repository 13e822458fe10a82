"""`TrainingPlot` beside a new figure after each epoch, and beside livelossplot, in a notebook.

All pictures are 9 x 3.6 inches. A frame is measured in a kernel with every frame drawn. A fit is
measured with each way's own settings, so `TrainingPlot` leaves frames out; the difference of two
fits is uncertain by some 20%. What is seen comes from frames in JupyterLab in Chromium, where a
picture may be missing for a moment, or change its size.
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

from benchmarks.timing import Finding, Ratio, as_row, compared, interleaved, short

ROOT = Path(__file__).resolve().parents[1]
OURS, NEW, OTHER = WAYS = "`TrainingPlot`", "a new figure, `clear_output`", "livelossplot"
SIZE = (9, 3.6)  # inches, of every way's picture
LAST = 1000  # epoch
DRAWN = 60  # epochs at the beginning, and as many at the end; those between are only noted
WARM = 20  # frames, after which memory is looked at
RUNS, EPOCHS = 2, 40  # of the fits that are timed
SEEN = 30  # frames in the browser, a tenth of a second apart at the least


def new_figure():
    """Returns a callback that shows a new figure after each epoch, and what notes an epoch."""
    import keras
    from IPython.display import clear_output
    from matplotlib import pyplot as plt

    history = {}

    def note(epoch, logs):
        for name, value in logs.items():
            history.setdefault(name, []).append(value)

    def show(epoch, logs):
        note(epoch, logs)
        clear_output(wait=True)
        _, axes = plt.subplots(1, 2, figsize=SIZE)
        for name, values in history.items():
            axes[int("loss" not in name)].plot(values, label=name)
        for ax in axes:
            ax.set_xlabel("epoch")
            ax.legend()
        plt.show()

    return keras.callbacks.LambdaCallback(on_epoch_end=show), note


def livelossplot():
    """Returns livelossplot's callback, with a picture of the same size, and what notes an epoch."""
    from livelossplot import PlotLossesKeras

    callback = PlotLossesKeras(figsize=SIZE)
    return callback, lambda epoch, logs: callback.liveplot.update(logs, epoch)


def training_plot():
    """Returns ours, and what notes an epoch."""
    from mlcourse import TrainingPlot

    callback = TrainingPlot()
    return callback, lambda epoch, logs: callback.as_history.add(epoch + 1, logs)


MAKE = dict(zip(WAYS, (training_plot, new_figure, livelossplot), strict=True))


def draw(way, last, drawn, pause=0.0):
    """Plots a fit that costs nothing: so many epochs at its beginning and its end, each drawn.

    Returns the seconds of a frame around epoch 10 and at the end, medians, and the bytes by which
    memory grows in a frame.
    """
    from mlcourse.callbacks import live_output

    live_output.SHARE = 1e9  # no frame is left out
    (callback, note), spent = MAKE[way](), []
    callback.set_model(small_model())
    callback.set_params({"epochs": last, "steps": 1})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for epoch in range(last):
        values = {"loss": 1 / (epoch + 2), "accuracy": 1 - 1 / (epoch + 2)}
        values |= {f"val_{name}": 0.9 * value for name, value in values.items()}
        if drawn <= epoch < last - drawn:
            note(epoch, values)
            continue
        start = time.perf_counter()
        callback.on_epoch_end(epoch, values)
        spent.append(time.perf_counter() - start)
        if len(spent) == WARM:
            before = resident()
        time.sleep(pause)
    grown = (resident() - before) / (len(spent) - WARM)
    callback.on_train_end()
    return *(statistics.median(part) for part in (spent[5:15], spent[-10:])), grown


def small_model():
    """Returns a compiled network, an epoch of which takes some 50 to 100 ms here."""
    import keras

    layers = [keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((784,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fits():
    """Returns the ratios of a fit with our plot beside the others, and beside none, as dicts."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2000, 784)).astype("float32"), rng.integers(0, 10, 2000)
    model = small_model()

    def fit(way=None):
        callbacks = [MAKE[way]()[0]] if way else []
        model.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=callbacks)

    fit()  # the first one compiles
    what, others = (
        f"a fit of {EPOCHS} epochs with {OURS}",
        {way: partial(fit, way) for way in WAYS[1:]},
    )
    ways = partial(fit, OURS), {**others, "no plot": fit}
    return [asdict(ratio) for ratio in compared(what, *ways, RUNS, warm_up=0)]


def resident():
    """Returns the bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def in_kernel(call):
    """Returns what a call of a function of this file gives in a kernel of its own."""
    import nbformat
    from nbclient import NotebookClient

    cells = [*begin(), f"result = live_plot.{call}", "import json; print(json.dumps(result))"]
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return json.loads(notebook.cells[-1].outputs[0].text)


def begin():
    """Returns the first cells of a notebook that uses this file."""
    return f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom benchmarks import live_plot", (
        "%matplotlib inline\nimport keras, livelossplot\nfrom mlcourse import TrainingPlot"
    )


def frames():
    """Yields the ratios of a frame, early and late, and how memory grows."""
    ways = {way: partial(in_kernel, f"draw({way!r}, {LAST}, {DRAWN})") for way in WAYS}
    taken = interleaved(ways, RUNS, measure=operator.call, warm_up=0)
    early, late, grown = ({way: [run[k] for run in taken[way]] for way in WAYS} for k in range(3))
    for epoch, spent in (("10", early), (f"{LAST:,}", late)):
        for way in WAYS[1:]:
            yield Ratio(f"a frame of {OURS} at epoch {epoch}", way, spent[OURS], spent[way])
    for way in WAYS:
        megabytes = LAST * statistics.median(grown[way]) / 1e6
        yield Finding(f"{way}: memory in {LAST:,} frames", f"{short(megabytes)} MB more")


def seen():
    """Yields for each way what is seen in the browser."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        for way in WAYS:
            yield Finding(f"{way}: in the browser", flicker(lab, way))


def flicker(lab, way):
    """Returns in words the share of frames without a picture, and how many sizes it has."""
    name = "".join(filter(str.isalpha, way))
    notebook = lab.open(name, *begin(), f"live_plot.draw({way!r}, {SEEN}, {SEEN}, 0.1);")
    notebook.run_all()
    notebook.wait_for_end(2, 90)
    shown = notebook.frames()
    notebook.close()
    shown = [frame for frame in shown if frame["picture"] < shown[-1]["picture"]]
    sizes = {tuple(frame["size"]) for frame in shown if frame["images"]}
    blank = sum(not frame["images"] for frame in shown) / len(shown)
    return f"{blank:.1%} of the frames blank, sizes of the picture: {len(sizes)}"


def rows():
    """Yields what a frame costs, what a fit with it, and what is seen."""
    yield from frames()
    yield from map(as_row, in_kernel("fits()"))
    yield from seen()
