"""A network whose size is set by a slider, in JupyterLab: ours beside `interact` in the plain way.

The plain way is `ipywidgets.interact` around a function that makes a pyplot figure each time, with
an artist for each edge and node. It needs Chromium.
"""

import operator
import statistics
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.timing import Ratio, interleaved

ROOT = Path(__file__).resolve().parents[1]
RUNS, PRESSES = 3, 10  # presses that are timed; a burst has twice as many
LAYERS, NODES = 6, 12  # 840 edges
BEGIN = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import mlcourse; lecture = mlcourse.setup_notebook()
from benchmarks import interactive as benchmark
"""
PLAIN = "benchmark.plain()"
OURS = f"mlcourse.interactive.network_size(5, 5, {LAYERS}, {NODES})"
WATCH = """() => {
    window.presses = [];
    window.changes = [];
    addEventListener("keydown", () => presses.push(performance.now()), true);
    let source = "";
    const look = () => {
        const images = [...document.querySelectorAll(".jp-OutputArea-output img")];
        const image = images.find(one => one.complete && one.naturalWidth);
        if (image && image.src !== source) {
            source = image.src;
            changes.push(performance.now());
        }
        requestAnimationFrame(look);
    };
    look();
}"""
LAG = "(changes.at(-1) - presses.at(-1)) / 1000"  # seconds


def draw(layers, nodes):
    """Shows a new figure with a line for each edge and a circle for each node."""
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(7, 5))
    sizes = [5, *[nodes] * layers, 5]
    places = [[(i + 0.5) / size for i in range(size)] for size in sizes]
    for column, ys in enumerate(places):
        for y in ys:
            axes.add_artist(plt.Circle((column, y), 0.03, fc="lightblue", ec="black", zorder=3))
            for after in places[column + 1] if column < len(sizes) - 1 else []:
                axes.plot([column, column + 1], [y, after], color="grey", lw=0.5)
    axes.set_axis_off()
    plt.show()


def plain():
    """Shows the sliders of `interact`."""
    import ipywidgets as widgets

    def control(label, low, high):
        style = {"description_width": "initial"}
        return widgets.IntSlider(high, min=low, max=high, description=label, style=style)

    nodes = control("Nodes in each", 1, NODES)
    widgets.interact(draw, layers=control("Hidden layers", 0, LAYERS), nodes=nodes)


def timed(lab, numbers, source):
    """Returns the seconds from a key to its picture, and from the last one of a burst to its own.

    The burst goes down and up again, so that it ends with the largest network.
    """
    notebook = lab.open(f"way{next(numbers)}", BEGIN, source)
    for cell in (0, 1):
        notebook.run(cell)
    notebook.page.evaluate(WATCH)
    notebook.page.wait_for_timeout(2000)
    spent = [
        pressed(notebook, "ArrowRight" if turn % 2 else "ArrowLeft") for turn in range(PRESSES)
    ]
    for key in ("ArrowLeft", "ArrowRight"):
        notebook.press("Nodes in each", key, PRESSES)
    lag, before = None, None
    while lag is None or lag != before:  # until no other picture comes
        notebook.page.wait_for_timeout(2000)
        lag, before = notebook.page.evaluate(LAG), lag
    notebook.close()
    return statistics.median(spent), lag


def pressed(notebook, key):
    """Returns the seconds from a key to the picture that follows it."""
    before = notebook.page.evaluate("changes.length")
    notebook.press("Nodes in each", key)
    notebook.wait(f"changes.length > {before}", "another picture")
    notebook.page.wait_for_timeout(300)
    return notebook.page.evaluate(LAG)


def rows():
    """Yields the ratios of both times."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        numbers = count()
        ways = {"ours": OURS, "plain": PLAIN}
        ways = {name: partial(timed, lab, numbers, source) for name, source in ways.items()}
        taken = interleaved(ways, RUNS, measure=operator.call, warm_up=0)
    what = "from a key to its picture", f"from the last of {2 * PRESSES} keys to the last picture"
    for number, words in enumerate(what):
        ours, theirs = ([one[number] for one in taken[way]] for way in ways)
        yield Ratio(f"a slider of `network_size`, {words}", "`interact`", ours, theirs)
