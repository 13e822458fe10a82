"""A network whose size is set by a slider, in JupyterLab: ours beside `interact` in the plain way.

The plain way is `ipywidgets.interact` around a function that makes a pyplot figure each time, with
an artist for each edge and node.
"""

import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

PRESSES = 20  # that are timed, and of a burst
LAYERS, NODES = 6, 12  # 840 edges
BEGIN = f"""
import sys; sys.path.insert(0, {str(ROOT / "benchmarks")!r})
import mlcourse, interactive as benchmark; lecture = mlcourse.setup_notebook()
"""
WAYS = {
    "interact, an artist for each edge": "benchmark.plain()",
    "interactive.network_size": f"mlcourse.interactive.network_size(5, 5, {LAYERS}, {NODES})",
}
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


def timed(lab, number, source):
    """Returns the seconds from a key to its picture, and from the last one of a burst to its own.

    The burst goes down and up again, so that it ends with the largest network.
    """
    notebook = lab.open(f"way{number}", BEGIN, source)
    for cell in (0, 1):
        notebook.run(cell)
    notebook.page.evaluate(WATCH)
    notebook.page.wait_for_timeout(2000)
    spent = [
        pressed(notebook, "ArrowRight" if turn % 2 else "ArrowLeft") for turn in range(PRESSES)
    ]
    for key in ("ArrowLeft", "ArrowRight"):
        notebook.press("Nodes in each", key, PRESSES // 2)
    lag, before = None, None
    while lag is None or lag != before:  # until no other picture comes
        notebook.page.wait_for_timeout(2000)
        lag, before = notebook.page.evaluate("(changes.at(-1) - presses.at(-1)) / 1000"), lag
    notebook.close()
    return statistics.median(spent), lag


def pressed(notebook, key):
    """Returns the seconds from a key to the picture that follows it."""
    before = notebook.page.evaluate("changes.length")
    notebook.press("Nodes in each", key)
    notebook.wait(f"changes.length > {before}", "another picture")
    notebook.page.wait_for_timeout(300)
    return notebook.page.evaluate("(changes.at(-1) - presses.at(-1)) / 1000")


def main():
    """Prints both times of each way, and how many times as long the plain way takes."""
    from tests.browser.lab import Lab, missing

    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        rows = [timed(lab, number, source) for number, source in enumerate(WAYS.values())]
    for way, (spent, lag) in zip(WAYS, rows, strict=True):
        print(f"{way:34} {1000 * spent:5.0f} ms from key to picture, ", end="")
        print(f"{lag:5.2f} s from the last of {PRESSES} keys to the last picture")
    (plain_time, _), (ours, lag) = rows
    print(
        f"ours takes {ours / plain_time:.2f} of the time (goal: at most 0.33), lag {lag:.2f} s",
        end="",
    )
    print(" (goal: at most 0.3 s)")


if __name__ == "__main__":
    main()
