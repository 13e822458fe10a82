"""Run JupyterLab in a headless Chromium, on this machine only, in temporary folders."""

import base64
import importlib.util
import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import numpy as np
from PIL import Image

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
LAB_FLAGS = (
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly",
)
NO_NEWS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
WINDOW = {"width": 1200, "height": 1400}
LINE = 32  # pixels, the height of a control
PATIENCE = 180  # seconds, on a machine that does much else

# Notes at each animation frame how many pictures there are, the first one's size, and a number
# that grows whenever it is another picture. A picture that is not decoded yet counts as none.
# A second call ends the first one.
WATCH = """() => {
    const frames = window.shownFrames = [];
    let source = "", picture = 0;
    const look = () => {
        const images = [...document.querySelectorAll(".jp-OutputArea-output img")]
            .filter(image => image.complete && image.naturalWidth);
        const box = images.length ? images[0].getBoundingClientRect() : {width: 0, height: 0};
        if (images.length && images[0].src !== source) {
            source = images[0].src;
            picture += 1;
        }
        frames.push({images: images.length, size: [box.width, box.height], picture});
        if (frames === window.shownFrames) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
INTERACTIVES = '[...document.querySelectorAll(".jp-OutputArea-output:has(.jupyter-widgets)")]'
# The labels of an interactive's controls that are seen, each with its place in the window.
LABELS = f"""place => [...{INTERACTIVES}[place].querySelectorAll("label")].flatMap(label => {{
    const box = label.getBoundingClientRect();
    return box.width ? [[label.innerText.trim(), box.x, box.y + box.height / 2]] : [];
}})"""
# Gives the control with a label the keyboard's focus: what keys move, within the widget.
FOCUS = f"""([place, label]) => {{
    const labels = [...({INTERACTIVES}[place]?.querySelectorAll("label") ?? [])];
    const widget = labels.find(one => one.innerText.trim() === label)?.closest(".jupyter-widgets");
    const moved = widget?.querySelector(".noUi-handle, select, input, button");
    if (!moved) throw new Error(`no control is called ${{label}}`);
    moved.focus();
}}"""
# The label of the control that has the focus.
FOCUSED = """() => {
    const widget = document.activeElement.closest(".jupyter-widgets");
    return widget?.querySelector("label")?.innerText.trim() ?? null;
}"""
# An interactive's picture, as base64: the pixels of the file that it was sent.
PIXELS = f"""async place => {{
    const image = {INTERACTIVES}[place]?.querySelector("img.widget-image");
    if (!image) throw new Error("no interactive is shown");
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
}}"""
BUTTONS = ".jp-OutputArea-output button"
CANVAS = '.jp-OutputArea-output canvas[aria-label^="A canvas to draw"]'
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
KERNEL = f"{NOTEBOOK}?.sessionContext?.session?.kernel"


def missing():
    """Return a message about missing requirements of the tests, or an empty string."""
    for package in ("playwright", "jupyterlab", "ipywidgets"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed: pip install {package}"
    return "" if chromium() else f"no browser is installed: none of {', '.join(CHROMIUM)}"


def chromium():
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def start_browser(stack):
    """Return Playwright's browser, restricted to this machine; the stack closes it."""
    from playwright.sync_api import sync_playwright

    play = stack.enter_context(sync_playwright())
    browser = play.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
    stack.callback(browser.close)
    return browser


class Lab:
    """A JupyterLab server and a browser, as a context manager that stops both.

    Args:
        folder: an empty folder for the notebooks, the settings and the server's log.
    """

    def __init__(self, folder):
        self._folder, self._stack = Path(folder), ExitStack()
        self._token = secrets.token_hex(16)

    def __enter__(self):
        with ExitStack() as stack:
            self._start_server(stack)
            self._browser = start_browser(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    def open(self, name, *cells):
        """Open a new notebook with these cells, and return it when its kernel is idle.

        Args:
            name: name of the file, without ".ipynb".
            cells: sources, or cells of nbformat with outputs.
        """
        path = self._folder / "notebooks" / f"{name}.ipynb"
        cells = [nbformat.v4.new_code_cell(c) if isinstance(c, str) else c for c in cells]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), path)
        page = self._browser.new_page(viewport=WINDOW)
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"{self._url}/doc/tree/{path.name}?token={self._token}&reset")
        return Notebook(page, path)

    def _start_server(self, stack):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        notebooks, config = self._folder / "notebooks", self._folder / "config"
        notebooks.mkdir()
        (config / "labconfig").mkdir(parents=True)
        (config / "labconfig" / "page_config.json").write_text(json.dumps(NO_NEWS))
        scratch = {
            "JUPYTER_CONFIG_DIR": config,
            "JUPYTER_DATA_DIR": self._folder / "data",
            "JUPYTER_RUNTIME_DIR": self._folder / "runtime",
            "IPYTHONDIR": self._folder / "ipython",
        }
        log = stack.enter_context((self._folder / "server.log").open("w"))
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", *LAB_FLAGS, f"--port={port}"),
                *(f"--IdentityProvider.token={self._token}", f"--ServerApp.root_dir={notebooks}"),
            ],
            env={**os.environ, **{name: str(path) for name, path in scratch.items()}},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        stack.callback(_end, server)
        self._wait_for(server)

    def _wait_for(self, server, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while time.monotonic() < end and server.poll() is None:
            try:
                urlopen(f"{self._url}/api?token={self._token}", timeout=5).close()
                return
            except (URLError, OSError):
                time.sleep(0.1)
        log = (self._folder / "server.log").read_text()
        raise RuntimeError(f"JupyterLab does not answer after {seconds} s. It says:\n{log[-2000:]}")


class Shown:
    """An interactive figure on a page of the browser.

    Args:
        page: Playwright's page.
        place: the number of the interactive among those in the page, from 0.
    """

    def __init__(self, page, place=0):
        self.page, self._place = page, place

    def press(self, control, key, times=1):
        """Press a key, one or more times, on the control with this label.

        A slider's handle, a menu or a box is focused; nothing is clicked.
        """
        self.page.evaluate(FOCUS, [self._place, control])
        for _ in range(times):
            self.page.keyboard.press(key)

    def tab(self):
        """Press Tab, and return the label of the control with the focus, or None."""
        self.page.keyboard.press("Tab")
        return self.page.evaluate(FOCUSED)

    def labels(self):
        """Return the labels of the controls in reading order."""
        found = self.page.evaluate(LABELS, self._place)
        top = min(y for _, _, y in found)
        lines = sorted((round((y - top) / LINE), x, label) for label, x, y in found)
        return [label for _, _, label in lines]

    def shown(self):
        """Return the image of the interactive figure, a uint8 array."""
        source = self.page.evaluate(PIXELS, self._place)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).convert("RGBA"))

    def wait_for_pixels(self, expected, seconds=60):
        """Wait until the interactive figure shows this image, an array."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.shown()
            if found.shape == expected.shape and np.array_equal(found, expected):
                return
            time.sleep(0.05)
        raise AssertionError(f"another image is shown after {seconds} s: {found.shape}")


class Notebook(Shown):
    """A notebook in the browser.

    Args:
        page: Playwright's page.
        path: of the notebook's file.
    """

    def __init__(self, page, path):
        super().__init__(page)
        self._path = path
        self.wait(f"window.jupyterapp && {KERNEL}?.status === 'idle'", "an idle kernel")

    def close(self):
        """Stop the kernel, and close the page."""
        self.page.evaluate(f"{NOTEBOOK}.sessionContext.shutdown()")
        self.page.close()

    def replace(self, *cells):
        """Replace all cells; the kernel is not restarted."""
        self.page.evaluate(
            f"""cells => {{
                const model = {NOTEBOOK}.content.model.sharedModel;
                model.deleteCellRange(0, model.cells.length);
                model.insertCells(0, cells.map(source => ({{cell_type: "code", source}})));
            }}""",
            cells,
        )

    def add(self, source):
        """Append a cell."""
        self.page.evaluate(
            f"""source => {{
                const model = {NOTEBOOK}.content.model.sharedModel;
                model.insertCells(model.cells.length, [{{cell_type: "code", source}}]);
            }}""",
            source,
        )

    def run_all(self):
        """Start to run all cells, and to record the animation frames."""
        self.page.evaluate(WATCH)
        self._execute("notebook:run-all-cells")

    def run(self, cell):
        """Run a cell, by its index, and wait for its end."""
        self.page.evaluate(f"() => {{ {NOTEBOOK}.content.activeCellIndex = {cell}; }}")
        run = "window.jupyterapp.commands.execute('notebook:run-cell')"
        self.page.evaluate(f"() => {run}.then(() => {{}})")  # then it takes the focus no more
        self.wait_for_end(cell)

    def be_idle(self):
        """Restart the kernel if it is busy."""
        if self.page.evaluate(f"{KERNEL}.status") != "idle":
            self.page.evaluate(f"{KERNEL}.restart()")
            self.wait(f"{KERNEL}.status === 'idle'", "an idle kernel")

    def interrupt(self):
        """Interrupt the kernel, as the menu does."""
        self._execute("notebook:interrupt-kernel")

    def save(self):
        """Save the notebook, and return the file, as nbformat reads it."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        return nbformat.read(self._path, as_version=4)

    def click(self, button):
        """Click the button with this text in a cell's output."""
        self.page.locator(BUTTONS, has_text=button).click()

    def buttons(self):
        """Return the names of the buttons in the cells' outputs."""
        return self.page.locator(BUTTONS).all_inner_texts()

    def outputs(self, cell):
        """Return a cell's outputs, a list of dicts as in the file."""
        return self.page.evaluate(f"{NOTEBOOK}.content.widgets[{cell}].outputArea.model.toJSON()")

    def text(self, cell):
        """Return the printed text of a cell, and its error."""
        return "".join(
            output.get("text", "") or output.get("ename", "") for output in self.outputs(cell)
        )

    def frames(self):
        """Return the animation frames from the first image on, a list of dicts."""
        frames = self.page.evaluate("window.shownFrames")
        return [frame for frame in frames if frame["picture"]]

    def picture(self):
        """Return the number of the current image."""
        return self.page.evaluate("window.shownFrames.at(-1).picture")

    def wait_for_picture(self, number, seconds=PATIENCE):
        """Wait until this number of images has been shown."""
        self.wait(f"window.shownFrames.at(-1).picture >= {number}", f"picture {number}", seconds)

    def wait_for_words(self, cell, words):
        """Wait until the alternative text of a cell's image contains this text."""
        outputs = f"{NOTEBOOK}.content.widgets[{cell}].outputArea.model.toJSON()"
        has_them = f'(one.data?.["text/plain"] ?? "").includes("{words}")'
        self.wait(f"{outputs}.some(one => {has_them})", f"a picture with the words {words}")

    def wait_for_end(self, cell, seconds=PATIENCE):
        """Wait until a cell, by its index, has run."""
        done = f"{NOTEBOOK}.content.widgets[{cell}].model.executionCount"
        self.wait(done, f"cell {cell} to end", seconds)

    def wait(self, condition, what, seconds=PATIENCE):
        """Wait until a condition in JavaScript holds; otherwise fail with the cells' outputs."""
        from playwright.sync_api import TimeoutError as TooLate

        try:
            self.page.wait_for_function(f"() => {condition}", timeout=1000 * seconds)
        except TooLate:
            shown = self.page.locator(".jp-Notebook").inner_text()
            raise AssertionError(f"waited {seconds} s for {what}. Shown:\n{shown}") from None

    def _execute(self, command):
        self.page.evaluate(f"() => {{ window.jupyterapp.commands.execute('{command}'); }}")


def button(notebook, words):
    """Return Playwright's locator of the button with this text in a cell's output."""
    return notebook.page.locator(BUTTONS, has_text=words)


def wait_for_frames(notebook, count):
    """Wait until the image has changed this number of times."""
    for _ in range(count):
        before, end = notebook.shown(), time.monotonic() + 60
        while np.array_equal(notebook.shown(), before):
            assert time.monotonic() < end
            time.sleep(0.05)


def draw_stroke(notebook, *points):
    """Draw a line with the mouse; points are fractions of the canvas's size."""
    canvas = notebook.page.locator(CANVAS)
    canvas.scroll_into_view_if_needed()
    box, mouse = canvas.bounding_box(), notebook.page.mouse
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=8)
    mouse.up()


def _end(server):
    """Stop a server, and its kernels, as Ctrl+C does."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
