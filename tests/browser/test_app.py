"""Test interactive figures and lectures as apps in a browser: no code, no other host."""

import base64
import importlib.util
import inspect
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import nbformat
import pytest

from mlcourse import interactive
from mlcourse.figures import draw_neural_net
from mlcourse.lectures import app
from tests.browser import test_interactive as plain
from tests.browser import test_models_interactive as models
from tests.browser.lab import (
    CANVAS,
    INTERACTIVES,
    PATIENCE,
    WINDOW,
    Shown,
    button,
    draw_stroke,
    missing,
    start_browser,
    wait_for_frames,
)
from tests.interactive.images import pixels
from tests.lectures.conftest import REPORT, SETUP, TWO_SLIDERS, shelf  # noqa: F401

LACKS = missing() or ("" if importlib.util.find_spec("voila") else "voila is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

SERVE = """
import pathlib, sys
from mlcourse.cli import main
from mlcourse.lectures import catalog

catalog.folder = lambda: pathlib.Path(sys.argv[1])
sys.exit(main(["app", sys.argv[2], "--no-browser"]))
"""
LIVE = f"print('hidden ' + 'words')\n{TWO_SLIDERS}"


@pytest.fixture(scope="module")
def browser():
    with ExitStack() as stack:
        yield start_browser(stack)


@contextmanager
def served(browser, folder, name):
    """Yield the page of an app, its address, its requests, and its errors."""
    command = [sys.executable, "-c", SERVE, str(folder), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = next(word for word in server.stdout.readline().split() if "http" in word)
            context = browser.new_context(viewport=WINDOW)  # without the cookies of another one
            context.set_default_timeout(1000 * PATIENCE)
            page = context.new_page()
            requests = []
            errors = []
            page.on("request", lambda request: requests.append(request.url))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on(
                "console", lambda entry: errors.append(entry.text) if entry.type == "error" else 0
            )
            yield page, address, requests, errors
            context.close()
        finally:
            server.send_signal(signal.SIGINT)


def check_requests_and_errors(requests, errors):
    assert requests
    elsewhere = [
        url for url in requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
    ]
    assert elsewhere == []
    assert errors == []


def follows(page, slider, times, draw, size):
    """Move a slider to the right, and wait for the figure of a draw function."""
    shown = Shown(page)
    page.wait_for_selector("img.widget-image")
    before = shown.shown()
    shown.press(slider, "ArrowRight", times)
    shown.wait_for_pixels(pixels(draw, size, "none"))
    assert (before != shown.shown()).any()


def network(*hidden):
    """Return the draw function of the figure with two sliders."""
    return lambda figure: draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, *hidden, 5])


def test_an_interactive_as_an_app_follows_its_slider(browser, shelf, cache):  # noqa: F811
    folder = shelf("short").parent
    with served(browser, folder, "initialization") as (page, address, requests, errors):
        page.goto(address)
        page.get_by_role("slider", name="Layers", exact=True).press("ArrowRight")
        status = page.locator(".initialization .status")
        assert " in layer 11. " in status.inner_text()
        text = page.inner_text("body")
        assert "Initialization" in text
        assert "mlcourse" not in text
        check_requests_and_errors(requests, errors)


def test_a_lecture_as_an_app_shows_results_without_code(browser, shelf, cache):  # noqa: F811
    folder = shelf("short", SETUP, "md:## A formula\n\n$x^2$", LIVE, REPORT).parent
    with served(browser, folder, "short") as (page, address, requests, errors):
        page.goto(address)
        follows(page, "Hidden layers", 2, network(2, 2, 2), (7, 5))
        text = page.inner_text("body")
        assert "hidden words" in text
        assert "quick run" in text
        assert "accuracy" in text
        assert page.locator("mjx-container").count() == 1
        assert not any(code in text for code in ("setup_notebook", "import ", "print("))
        assert "setup_notebook" not in page.content()
        check_requests_and_errors(requests, errors)


def test_an_app_is_only_for_those_who_have_its_token(browser, shelf, cache):  # noqa: F811
    folder = shelf("short", LIVE).parent
    with served(browser, folder, "short") as (page, address, _, _):
        page.goto(address.partition("?")[0])
        assert "Token authentication is enabled" in page.inner_text("body")
        page.goto(address[:-1])
        assert "Token authentication is enabled" in page.inner_text("body")
        assert not page.locator(".widget-image").count()


def test_an_open_page_has_one_kernel_and_a_closed_one_has_none(browser, shelf, cache):  # noqa: F811
    psutil = pytest.importorskip("psutil")

    def kernels():
        """Return the number of processes that the server has started."""
        (server,) = [child for child in psutil.Process().children() if SERVE in child.cmdline()]
        children = server.children(recursive=True)
        return len([child for child in children if child.status() != psutil.STATUS_ZOMBIE])

    def wait_for_kernels(number):
        until = time.monotonic() + 30  # an orphaned kernel would be culled after 60
        while kernels() != number:
            assert time.monotonic() < until, f"{kernels()} kernels are running"
            time.sleep(0.1)

    live = "import ipywidgets\nipywidgets.IntSlider(description='Size')"
    folder = shelf("short", live).parent
    with served(browser, folder, "short") as (page, address, requests, errors):
        page.goto(address)
        page.locator(".widget-slider").wait_for()
        assert page.url == address.partition("?")[0]  # without the token
        page.wait_for_load_state("networkidle")
        assert kernels() == 1
        page.reload()
        page.locator(".widget-slider").wait_for()
        page.wait_for_load_state("networkidle")
        wait_for_kernels(1)
        page.goto("about:blank")
        wait_for_kernels(0)
        check_requests_and_errors(requests, errors)


NAMES = [name for name in interactive.__all__ if inspect.isfunction(getattr(interactive, name))]
COMPONENTS = {  # they have no image of a kernel
    "activation_functions": "interactive.activation_functions()",
    "playground": "interactive.playground()",
    "compare_optimizers": "interactive.compare_optimizers()",
    "backpropagation": plain.BACKPROPAGATION,
    "convolution": plain.CONVOLUTION,
    "initialization": "interactive.initialization()",
    "network_size": "interactive.network_size()",
    "schedules": "interactive.schedules()",
    "explain_convolution": plain.EXPLAINED,
}
IGNORED_SLIDER = plain.SLIDER.format(pause=0, wrong=None, shown=0)
OTHERS = [
    models.BOUNDARIES,
    models.MISCLASSIFIED,
    models.CELLS,
    models.NEIGHBOURS,
    f"{models.MODELS}\n{models.DIGITS}",
    plain.UPDATES,
    TWO_SLIDERS,
    IGNORED_SLIDER,
]


@pytest.fixture(scope="module")
def lecture(browser, tmp_path_factory):
    """Yield the page of a lecture with all interactive figures, its cells, requests and errors."""
    folder, v4 = tmp_path_factory.mktemp("notebooks"), nbformat.v4
    names = [name for name in app.interactive_names() if name not in COMPONENTS]
    parts = [cell for name in names for cell in app.notebook(name).cells]
    shown = [cell.source for cell in parts[2::3]] + OTHERS
    live = COMPONENTS.values()
    cells = [v4.new_code_cell(source) for source in (f"%%capture\n{models.BEGIN}", *OTHERS, *live)]
    notebook = v4.new_notebook(cells=[*parts, *cells], metadata={"mlcourse": {"order": 1}})
    notebook.cells.insert(0, v4.new_markdown_cell("# All\n\nOne after another."))
    nbformat.write(notebook, folder / "all.ipynb")
    with served(browser, folder, "all") as (page, address, requests, errors):
        page.goto(address)
        there = f"{INTERACTIVES}.filter(one => one.querySelector('img.widget-image'))"
        page.wait_for_function(f"() => {there}.length === {len(shown)}")
        yield page, shown, requests, errors


@pytest.fixture
def show(lecture):
    """Return a function from the end of a cell's source to its interactive figure."""
    page, shown, *_ = lecture

    def find(end):
        return Shown(page, next(i for i, source in enumerate(shown) if source.endswith(end)))

    return find


def check_the_playground(show):
    play = show(TWO_SLIDERS).page.locator(".playground")
    play.get_by_role("button", name="Run", exact=True).click()
    play.locator(".status", has_text=re.compile(r"Epoch [1-9]\d")).wait_for()
    play.get_by_role("button", name="Pause", exact=True).click()


def check_the_drawn_digit(show):
    digits = show(models.DIGITS)
    first = digits.shown()
    draw_stroke(digits, (0.5, 0.2), (0.5, 0.8))
    wait_for_frames(digits, 1)
    drawing = digits.page.locator(CANVAS).evaluate("canvas => canvas.toDataURL()")
    digits.wait_for_pixels(models.prediction(base64.b64decode(drawing.partition(",")[2])))
    button(digits, "Clear").press("Enter")
    digits.wait_for_pixels(first)


def check_the_race(show):
    plain.test_optimizers_follow_their_controls(lambda _: show(TWO_SLIDERS))


def check_backpropagation(show):
    plain.test_backpropagation_goes_step_by_step(lambda _: show(TWO_SLIDERS))


def check_a_convolution(show):
    plain.test_a_convolution_is_edited(lambda _: show(TWO_SLIDERS))


def check_an_explained_convolution(show):
    plain.test_the_layers_of_a_model_are_shown(lambda _: show(TWO_SLIDERS))


def check_activation_functions(show):
    plain.test_activation_functions_follow_menu_and_check_box(lambda _: show(TWO_SLIDERS))


def check_initialization(show):
    plain.test_initialization_follows_its_controls(lambda _: show(TWO_SLIDERS))


def check_schedules(show):
    plain.test_schedules_follow_their_controls(lambda _: show(TWO_SLIDERS))


def check_the_network_size(show):
    plain.test_network_size_follows_its_controls(lambda _: show(TWO_SLIDERS))


CHECKS = {
    "activation_functions": check_activation_functions,
    "backpropagation": check_backpropagation,
    "boundary_by_depth": models.test_the_boundaries_follow_the_slider,
    "compare_optimizers": check_the_race,
    "convolution": check_a_convolution,
    "explain_convolution": check_an_explained_convolution,
    "confusion_cells": models.test_the_images_of_a_cell_follow_the_menus,
    "draw_digit": check_the_drawn_digit,
    "embedding": models.test_the_neighbours_follow_the_menu_and_the_slider,
    "initialization": check_initialization,
    "misclassified_by_class": models.test_misclassified_images_follow_the_menus,
    "network_size": check_the_network_size,
    "playground": check_the_playground,
    "schedules": check_schedules,
    "weight_updates": plain.test_weight_updates_follow_the_slider,
}


@pytest.mark.parametrize("name", NAMES)
def test_each_interactive_follows_its_controls_in_an_app(name, show):
    CHECKS[name](show)


def test_a_figure_in_an_app_that_ignores_its_control_is_detected(show):
    plain.test_a_figure_that_ignores_its_control_is_detected(show)


def test_tab_goes_through_the_controls_as_they_are_read_and_keys_move_them(show):
    two = show(TWO_SLIDERS)
    labels = two.labels()
    assert labels == ["Hidden layers", "Units in each"]
    two.press(labels[0], "Shift")
    gone = [labels[0]]
    while gone[-1] in labels and len(gone) < 30:
        gone.append(two.tab())
        if gone[-1] == "Units in each" != gone[-2]:
            two.page.keyboard.press("ArrowRight")
    assert list(dict.fromkeys(gone)) == [*labels, gone[-1]]
    two.wait_for_pixels(pixels(network(3), (7, 5), "none"))


def test_an_app_with_all_interactives_has_no_other_host_and_no_errors(lecture):
    _, _, requests, errors = lecture
    check_requests_and_errors(requests, errors)
