"""The live playground: epochs a second in Node, frames a second and their cost in Chromium.

A network 2-8-8-1 and one 7-8-8-8-8-8-8-1 with all features, tanh, 150 training points and as many
test points, batches of 10. CPU time depends little on other load; frames a second do. It needs Node
and Chromium.
"""

import json
import shutil
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.timing import Finding, short
from mlcourse.interactive.bundle import FOLDER
from mlcourse.interactive.components.playground import Playground
from mlcourse.interactive.components.seeded import FEATURES

EPOCHS = 300
SECONDS = 4
RUNS = 3
MODELS = {
    "2-8-8-1": {"hidden": [8, 8], "activation": "tanh"},
    "7-8-8-8-8-8-8-1, all features": {
        "hidden": [8] * 6,
        "activation": "tanh",
        "features": list(FEATURES),
    },
}
SCRIPT = """
import { Trainer } from "MODULES/trainer.js";
const trainer = new Trainer(SETTINGS);
for (let i = 0; i < 50; i++) trainer.trainEpoch();
const before = process.cpuUsage();
for (let i = 0; i < EPOCHS; i++) trainer.trainEpoch();
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000 / EPOCHS);
"""
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Playground</title>{}</html>'
COUNT = """async (seconds) => {
    const { session } = document.querySelector("mlcourse-playground");
    session.run();
    const first = session.trainer.epoch;
    const times = [];
    const end = performance.now() + 1000 * seconds;
    await new Promise((resolve) => {
        const frame = (now) => {
            times.push(now);
            if (now < end) requestAnimationFrame(frame);
            else resolve();
        };
        requestAnimationFrame(frame);
    });
    session.pause();
    const duration = (times.at(-1) - times[0]) / 1000;
    const epochs = session.trainer.epoch - first;
    return [(times.length - 1) / duration, epochs / duration, times.length];
}"""
MOUNT = """async () => {
    const made = document.querySelector("mlcourse-playground").cloneNode();
    document.body.append(made);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""


def cpu_time(settings):
    """Return the CPU time of an epoch with its losses in Node, in milliseconds."""
    script = SCRIPT.replace("MODULES", FOLDER.as_uri()).replace("EPOCHS", str(EPOCHS))
    script = script.replace("SETTINGS", json.dumps(settings))
    command = [shutil.which("node"), "--input-type=module", "--eval", script]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def task_timer(page):
    """Return a function that returns the CPU time of the page's main thread in milliseconds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def task_time():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(item["value"] for item in metrics if item["name"] == "TaskDuration")

    return task_time


def measure_page(page, speed):
    """Return frames a second, epochs a second, and CPU time of a frame in milliseconds."""
    task_time = task_timer(page)
    change = "(speed) => document.querySelector('mlcourse-playground').session.change({ speed })"
    page.evaluate(change, speed)
    before = task_time()
    frames, epochs, count = page.evaluate(COUNT, SECONDS)
    return frames, epochs, (task_time() - before) / count


def measure_mount(page, task_time):
    """Return the CPU time until another playground is painted, in milliseconds."""
    before = task_time()
    page.evaluate(MOUNT)
    return task_time() - before


def measure_rest(page, task_time):
    """Return the CPU time of two seconds after a pause, in milliseconds."""
    page.wait_for_timeout(1000)
    before = task_time()
    page.wait_for_timeout(2000)
    return task_time() - before


def rows():
    """Yield what was found, by network."""
    from tests.browser.lab import missing, start_browser

    if missing() or shutil.which("node") is None:
        raise RuntimeError(missing() or "node is not installed")
    for name, settings in MODELS.items():
        times = [cpu_time(settings) for _ in range(RUNS)]
        yield Finding(f"{name}: CPU time of an epoch in Node", f"{short(min(times))} ms")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        browser = start_browser(stack)
        for name, settings in MODELS.items():
            file = Path(folder) / "page.html"
            file.write_text(PAGE.format(Playground(**settings).to_html()), "utf-8")
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(file.as_uri())
            for speed in ("epoch", "maximum"):
                runs = [measure_page(page, speed) for _ in range(RUNS)]
                frames, epochs, cost = (
                    statistics.median(column) for column in zip(*runs, strict=True)
                )
                result = f"{short(frames)} frames/s, {short(epochs)} epochs/s, {short(cost)} ms"
                yield Finding(f'{name}, speed "{speed}": and CPU time of a frame', result)
            task_time = task_timer(page)
            for what, measure in {
                "2 seconds at rest": measure_rest,
                "mounting": measure_mount,
            }.items():
                times = [measure(page, task_time) for _ in range(RUNS)]
                yield Finding(f"{name}: CPU time of {what}", f"{short(min(times))} ms")
            page.close()
