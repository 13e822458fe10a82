"""An interactive and a lecture as apps, in a real browser: no code, and no other host is asked."""

import importlib.util
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

from mlcourse.figures import draw_neural_net
from tests.browser.lab import WINDOW, Shown, missing, start_browser
from tests.browser.test_interactive import pixels
from tests.lectures.conftest import REPORT, SETUP, shelf  # noqa: F401

LACKS = missing() or ("" if importlib.util.find_spec("voila") else "voila is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

SERVE = """
import pathlib, sys
from mlcourse.cli import main
from mlcourse.lectures import index

index.folder = lambda: pathlib.Path(sys.argv[1])
sys.exit(main(["app", sys.argv[2], "--no-browser"]))
"""
LIVE = "print('hidden ' + 'words')\nmlcourse.interactive.network_size(layers=1)"


@pytest.fixture(scope="module")
def browser():
    with ExitStack() as stack:
        yield start_browser(stack)


@contextmanager
def app(browser, folder, name):
    """Yields the page of an app, what it asked for, and what it complained of."""
    command = [sys.executable, "-c", SERVE, str(folder), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = next(word for word in server.stdout.readline().split() if "http" in word)
            context = browser.new_context(viewport=WINDOW)  # without the cookies of another one
            page, asked, wrong = context.new_page(), [], []
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else 0)
            yield page, address, asked, wrong
            context.close()
        finally:
            server.send_signal(signal.SIGINT)


def check_that_it_keeps_to_itself(asked, wrong):
    assert asked
    elsewhere = [
        url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
    ]
    assert elsewhere == []
    assert wrong == []


def follows(page, times):
    """Moves the slider of the hidden layers so many steps, and waits for three of them."""
    shown = Shown(page)
    page.wait_for_selector("img.widget-image", timeout=90_000)
    before = shown.shown()
    shown.press("Hidden layers", "ArrowRight", times)

    def draw(figure):
        draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, 6, 6, 6, 5])

    shown.wait_for_pixels(pixels(draw, (7, 5), "none"))
    assert (before != shown.shown()).any()


def test_an_interactive_as_an_app_follows_its_slider(browser, shelf, cache):  # noqa: F811
    folder = shelf("short").parent
    with app(browser, folder, "network_size") as (page, address, asked, wrong):
        page.goto(address)
        follows(page, 1)  # from 2 to 3
        text = page.inner_text("body")
        assert "Network size" in text
        assert "mlcourse" not in text
        check_that_it_keeps_to_itself(asked, wrong)


def test_a_lecture_as_an_app_shows_results_without_code(browser, shelf, cache):  # noqa: F811
    folder = shelf("short", SETUP, "md:## A formula\n\n$x^2$", LIVE, REPORT).parent
    with app(browser, folder, "short") as (page, address, asked, wrong):
        page.goto(address)
        follows(page, 2)  # from 1 to 3
        text = page.inner_text("body")
        assert "hidden words" in text
        assert "quick run" in text
        assert "accuracy" in text
        assert page.locator("mjx-container").count() == 1
        assert not any(code in text for code in ("setup_notebook", "import ", "print("))
        assert "setup_notebook" not in page.content()
        check_that_it_keeps_to_itself(asked, wrong)


def test_an_app_is_only_for_those_who_have_its_token(browser, shelf, cache):  # noqa: F811
    folder = shelf("short", LIVE).parent
    with app(browser, folder, "short") as (page, address, _, _):
        page.goto(address.partition("?")[0])
        assert "Token authentication is enabled" in page.inner_text("body")
        page.goto(address[:-1])
        assert "Token authentication is enabled" in page.inner_text("body")
        assert not page.locator(".widget-image").count()
