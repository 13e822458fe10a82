"""`interactive.network_size` compared with `ipywidgets.interact`, in JupyterLab.

The alternative is `interact` with a function that makes a new pyplot figure each time, with an
artist for each edge and unit. The benchmark needs Chromium.
"""

import operator
import statistics
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.timing import Ratio, measure_in_turn

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
KEY_PRESSES = 10  # timed one by one; a burst has twice as many
LAYERS = 6
NODES = 12
BEGIN = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import mlcourse; lecture = mlcourse.setup_notebook()
from benchmarks import interactive as benchmark
"""
INTERACT = "benchmark.show_interact()"
OURS = f"mlcourse.interactive.network_size(5, 5, {LAYERS}, {NODES})"
WATCH = """() => {
    window.presses = [];
    window.changes = [];
    addEventListener("keydown", () => presses.push(performance.now()), true);
    let source = "";
    const check = () => {
        const images = [...document.querySelectorAll(".jp-OutputArea-output img")];
        const image = images.find(candidate => candidate.complete && candidate.naturalWidth);
        if (image && image.src !== source) {
            source = image.src;
            changes.push(performance.now());
        }
        requestAnimationFrame(check);
    };
    check();
}"""
LAG = "(changes.at(-1) - presses.at(-1)) / 1000"  # seconds


def draw(layers, nodes):
    """Show a new figure with a line for each edge and a circle for each unit."""
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(7, 5))
    sizes = [5, *[nodes] * layers, 5]
    heights = [[(i + 0.5) / size for i in range(size)] for size in sizes]
    for column, ys in enumerate(heights):
        for y in ys:
            axes.add_artist(plt.Circle((column, y), 0.03, fc="lightblue", ec="black", zorder=3))
            next_heights = heights[column + 1] if column < len(sizes) - 1 else []
            for next_y in next_heights:
                axes.plot([column, column + 1], [y, next_y], color="gray", lw=0.5)
    axes.set_axis_off()
    plt.show()


def show_interact():
    """Show the sliders of `interact`."""
    import ipywidgets as widgets

    def control(label, low, high):
        style = {"description_width": "initial"}
        return widgets.IntSlider(high, min=low, max=high, description=label, style=style)

    nodes = control("Nodes in each", 1, NODES)
    widgets.interact(draw, layers=control("Hidden layers", 0, LAYERS), nodes=nodes)


def time_slider(lab, numbers, source):
    """Return the seconds from a key press to its figure, and from the last press of a burst.

    The burst moves the slider down and up again, so it ends with the largest network.
    """
    notebook = lab.open(f"notebook{next(numbers)}", BEGIN, source)
    for cell in (0, 1):
        notebook.run(cell)
    notebook.page.evaluate(WATCH)
    notebook.page.wait_for_timeout(2000)
    keys = [("ArrowLeft", "ArrowRight")[number % 2] for number in range(KEY_PRESSES)]
    durations = [time_press(notebook, key) for key in keys]
    for key in ("ArrowLeft", "ArrowRight"):
        notebook.press("Nodes in each", key, KEY_PRESSES)
    lag = None
    before = None
    while lag is None or lag != before:  # until the figure no longer changes
        notebook.page.wait_for_timeout(2000)
        before = lag
        lag = notebook.page.evaluate(LAG)
    notebook.close()
    return statistics.median(durations), lag


def time_press(notebook, key):
    """Return the seconds from a key press to the next figure."""
    before = notebook.page.evaluate("changes.length")
    notebook.press("Nodes in each", key)
    notebook.wait(f"changes.length > {before}", "a new figure")
    notebook.page.wait_for_timeout(300)
    return notebook.page.evaluate(LAG)


def rows():
    """Yield the ratios of both times."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        numbers = count()
        functions = {
            "ours": partial(time_slider, lab, numbers, OURS),
            "interact": partial(time_slider, lab, numbers, INTERACT),
        }
        measured = measure_in_turn(functions, RUNS, measure=operator.call, warm_up=0)
    quantities = (
        "from a key press to its figure",
        f"from the last of {2 * KEY_PRESSES} key presses to the last figure",
    )
    for number, quantity in enumerate(quantities):
        ours, theirs = ([pair[number] for pair in measured[name]] for name in functions)
        yield Ratio(f"a slider of `network_size`, {quantity}", "`interact`", ours, theirs)
