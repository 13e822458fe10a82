"""Three ways to plot a fit while it runs, in a notebook: what a frame costs, and what is seen."""

import json
import os
import statistics
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

WAYS = ("new figure, clear_output", "livelossplot", "TrainingPlot")
SIZE = (9, 3.6)  # inches, of every way's picture
LAST = 1000  # epoch
DRAWN = 250  # epochs at the beginning, and as many at the end; those between are only noted
WARM = 20  # frames, after which memory is looked at
ROUNDS, EPOCHS = 2, 60  # of the fits that are timed
SEEN = 30  # frames in the browser, a tenth of a second apart at the least
PACKAGES = ("keras", "tensorflow", "matplotlib", "ipykernel", "jupyterlab", "livelossplot")
COLUMNS = (
    "way",
    "ms a frame, epoch 10",
    "ms a frame, epoch 1,000",
    "added to the fit's time",
    "MB more in 1,000 frames",
    "animation frames that are blank",
    "sizes of the picture",
)


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
    return callback, lambda epoch, logs: callback.log.add(epoch + 1, logs)


MAKE = dict(zip(WAYS, (new_figure, livelossplot, training_plot), strict=True))


def draw(way, last, drawn, pause=0.0):
    """Plots a fit that costs nothing: so many epochs at its beginning and its end, each drawn.

    Returns the seconds of each frame, and the bytes by which memory grows in a frame.
    """
    from mlcourse.callbacks import training_plot as settings

    settings.PLOTTING_SHARE = 1e9  # no frame is left out
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
    return spent, grown


def small_model():
    """Returns a compiled network, an epoch of which takes some 50 to 100 ms here."""
    import keras

    layers = [keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((784,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def added():
    """Returns how long an epoch takes, and what each way adds to a fit as a share of its time."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2000, 784)).astype("float32"), rng.integers(0, 10, 2000)
    model = small_model()

    def seconds(epochs, *callbacks):
        start = time.perf_counter()
        model.fit(x, y, epochs=epochs, verbose=0, callbacks=list(callbacks))
        return time.perf_counter() - start

    seconds(5)  # the first one compiles
    rounds = []
    for _ in range(ROUNDS):
        plain = seconds(EPOCHS)
        ways = {way: seconds(EPOCHS, make()[0]) / plain - 1 for way, make in MAKE.items()}
        rounds.append({"epoch": plain / EPOCHS, **ways})
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


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
    return f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r})\nimport live_plot", (
        "%matplotlib inline\nimport keras, mlcourse, livelossplot"
    )


def flicker(lab, way):
    """Returns in words the share of blank frames in the browser, and how many sizes there are."""
    name = "".join(filter(str.isalpha, way))
    notebook = lab.open(name, *begin(), f"live_plot.draw({way!r}, {SEEN}, {SEEN}, 0.1);")
    notebook.run_all()
    notebook.wait_for_end(2, 90)
    frames = notebook.frames()
    notebook.close()
    frames = [frame for frame in frames if frame["picture"] < frames[-1]["picture"]]
    sizes = {tuple(frame["size"]) for frame in frames if frame["images"]}
    blank = sum(not frame["images"] for frame in frames)
    return f"{blank / len(frames):.1%}", str(len(sizes))


def flickers():
    """Returns for each way what `flicker` says; without a browser, dashes."""
    from tests.browser.lab import Lab, missing

    if missing():
        print(missing(), file=sys.stderr)
        return dict.fromkeys(WAYS, ("-", "-"))
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        return {way: flicker(lab, way) for way in WAYS}


def installed(package):
    """Returns a package's name and version."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        sys.exit(f"{package} is not installed: pip install {package}")


def main():
    """Prints a row for each way."""
    versions = ", ".join(map(installed, PACKAGES))
    shares, seen = in_kernel("added()"), flickers()
    print(f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}")
    for way in WAYS:
        spent, grown = in_kernel(f"draw({way!r}, {LAST}, {DRAWN})")
        early, late = (1000 * statistics.median(part) for part in (spent[5:15], spent[-10:]))
        numbers = f"{early:.0f}", f"{late:.0f}", f"{shares[way]:.0%}", f"{grown / 1e3:.0f}"
        print(f"| {way} | {' | '.join([*numbers, *seen[way]])} |", flush=True)
    print(f"\nAn epoch took {1000 * shares['epoch']:.0f} ms. {versions}.")


if __name__ == "__main__":
    main()
