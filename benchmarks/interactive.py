"""Figures with sliders: ours vs. `interact`.

A diagram of a network with sliders for its size, in JupyterLab: live, in the page alone, and drawn
by the kernel. And a race of optimizers with sliders for their learning rates. The alternative is
`ipywidgets.interact` with a function that makes a new pyplot figure, for the network with one
artist for each edge and node. The benchmark needs Chromium.
"""

import io
import operator
import statistics
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.timing import Ratio, interleaved

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
N_PRESSES = 10  # timed key presses; a burst has twice as many
MAX_WAITS = 30  # times 2 seconds, for the last figure of a burst
LAYERS = 6
NODES = 12  # in each layer: 840 edges
SETUP = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import mlcourse; lecture = mlcourse.setup_notebook()
from benchmarks import interactive as benchmark
"""
PLAIN = "benchmark.plain()"
OURS = "benchmark.ours()"
RECORD_TIMES = """() => {
    window.presses = [];
    window.changes = [];
    addEventListener("keydown", () => presses.push(performance.now()), true);
    let source = "";
    const check = () => {
        const images = [...document.querySelectorAll(".jp-OutputArea-output img")];
        const image = images.find(item => item.complete && item.naturalWidth);
        if (image && image.src !== source) {
            source = image.src;
            changes.push(performance.now());
        }
        requestAnimationFrame(check);
    };
    check();
}"""
RECORD_PAINTS = """(diagram) => {
    window.presses = [];
    window.changes = [];
    addEventListener("keydown", () => presses.push(performance.now()), true);
    const painted = () => setTimeout(() => changes.push(performance.now()));
    new MutationObserver(() => requestAnimationFrame(painted)).observe(diagram, {childList: true});
}"""
LIVE = f"mlcourse.interactive.network_size(layers={LAYERS}, units={NODES})"
LAG = "(changes.at(-1) - presses.at(-1)) / 1000"  # seconds


def draw(layers, nodes):
    """Show a new figure with a line for each edge and a circle for each node."""
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(7, 5))
    sizes = [5, *[nodes] * layers, 5]
    positions = [[(i + 0.5) / size for i in range(size)] for size in sizes]
    for column, ys in enumerate(positions):
        for y in ys:
            axes.add_artist(plt.Circle((column, y), 0.03, fc="lightblue", ec="black", zorder=3))
            if column < len(sizes) - 1:
                for next_y in positions[column + 1]:
                    axes.plot([column, column + 1], [y, next_y], color="grey", lw=0.5)
    axes.set_axis_off()
    plt.show()


def plain():
    """Show the sliders of `interact`."""
    import ipywidgets as widgets

    def control(label, low, high):
        style = {"description_width": "initial"}
        return widgets.IntSlider(high, min=low, max=high, description=label, style=style)

    nodes = control("Units in each", 1, NODES)
    widgets.interact(draw, layers=control("Hidden layers", 0, LAYERS), nodes=nodes)


def ours():
    """Return the same sliders and the same network as an `Interactive`."""
    from mlcourse.figures import draw_neural_net
    from mlcourse.interactive import Interactive
    from mlcourse.interactive.controls import slider

    def draw(figure, layers, nodes):
        draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, *[nodes] * layers, 5])

    controls = {
        "layers": slider("Hidden layers", 0, LAYERS, LAYERS),
        "nodes": slider("Units in each", 1, NODES, NODES),
    }
    return Interactive(draw, controls, figsize=(7, 5), alt="A network.", layout="none")


def measure(lab, counter, source):
    """Return the seconds from a key press to its figure, for single presses and after a burst.

    The burst moves the slider down and up again, so it ends with the largest network.
    """
    notebook = lab.open(f"notebook{next(counter)}", SETUP, source)
    for cell in (0, 1):
        notebook.run(cell)
    notebook.page.evaluate(RECORD_TIMES)
    notebook.page.wait_for_timeout(2000)
    durations = []
    for number in range(N_PRESSES):
        key = "ArrowRight" if number % 2 else "ArrowLeft"
        durations.append(press(notebook, key))
    for key in ("ArrowLeft", "ArrowRight"):
        notebook.press("Units in each", key, N_PRESSES)
    lag = last_lag(notebook)
    notebook.close()
    return statistics.median(durations), lag


def measure_live(lab, counter):
    """Return the seconds from a key press to the picture of a live component."""
    notebook = lab.open(f"notebook{next(counter)}", SETUP, LIVE)
    for cell in (0, 1):
        notebook.run(cell)
    page = notebook.page
    page.locator(".network-size .diagram").evaluate(RECORD_PAINTS)
    page.get_by_role("slider", name="Units in each").focus()
    durations = []
    for number in range(N_PRESSES):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        page.wait_for_function(f"changes.length > {number}")
        durations.append(page.evaluate(LAG))
    notebook.close()
    return statistics.median(durations)


def last_lag(notebook):
    """Return the seconds from the last key press to the last figure, when no other follows."""
    lag = None
    for _ in range(MAX_WAITS):
        previous = lag
        notebook.page.wait_for_timeout(2000)
        lag = notebook.page.evaluate(LAG)
        if lag > 0 and lag == previous:
            return lag
    raise RuntimeError(f"there must be a last figure after the last key press. Got {lag} s instead")


def press(notebook, key):
    """Press a key, and return the seconds until the next figure."""
    before = notebook.page.evaluate("changes.length")
    notebook.press("Units in each", key)
    notebook.wait(f"changes.length > {before}", "another figure")
    notebook.page.wait_for_timeout(300)
    return notebook.page.evaluate(LAG)


def redraw_in_page(page, session):
    """Return the CPU seconds of the page's main thread for a key press on a slider of a race."""

    def cpu():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(item["value"] for item in metrics if item["name"] == "TaskDuration")

    before = cpu()
    for number in range(N_PRESSES):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        page.evaluate("new Promise(requestAnimationFrame)")
    return (cpu() - before) / N_PRESSES


def redraw_by_interact():
    """Return the CPU seconds of the kernel for the same figure, without those of the front end."""
    from matplotlib import pyplot as plt

    from mlcourse import optimizers, plot_optimizers

    start = time.process_time()
    for number in range(N_PRESSES):
        adam = optimizers.adam(0.2 + 0.01 * number, epsilon=1e-8)
        figure, axes = plt.subplots(figsize=(7.5, 5))
        plot_optimizers(axes, 100, ["momentum", adam])
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
        plt.close(figure)
    return (time.process_time() - start) / N_PRESSES


def race_row():
    """Return the ratio of the CPU times of a redraw of a race of optimizers."""
    from mlcourse.interactive import compare_optimizers
    from tests.browser.lab import start_browser

    with ExitStack() as stack:
        page = start_browser(stack).new_page(viewport={"width": 1280, "height": 900})
        page.set_content(compare_optimizers().to_html())
        page.get_by_role("slider", name="Learning rate of B").focus()
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        functions = {
            "ours": partial(redraw_in_page, page, session),
            "plain": redraw_by_interact,
        }
        results = interleaved(functions, RUNS, measure=operator.call, warm_up=1)
    description = "a slider of `compare_optimizers`, CPU time of a redraw of 100 steps"
    return Ratio(
        description, "`interact` with `plot_optimizers`", results["ours"], results["plain"]
    )


def rows():
    """Yield the ratios of the times."""
    from tests.browser.lab import Lab, missing

    if missing():
        raise RuntimeError(missing())
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        counter = count()
        functions = {
            "live": partial(measure_live, lab, counter),
            "ours": partial(measure, lab, counter, OURS),
            "plain": partial(measure, lab, counter, PLAIN),
        }
        results = interleaved(functions, RUNS, measure=operator.call, warm_up=0)
    single = [run[0] for run in results["plain"]]
    yield Ratio(
        "a slider of `network_size`, from a key press to its picture",
        "`interact`",
        results["live"],
        single,
    )
    descriptions = (
        "from a key press to its figure",
        f"from the last of {2 * N_PRESSES} key presses to the last figure",
    )
    for index, description in enumerate(descriptions):
        ours = [run[index] for run in results["ours"]]
        theirs = [run[index] for run in results["plain"]]
        yield Ratio(f"a slider of an `Interactive`, {description}", "`interact`", ours, theirs)
    yield race_row()
