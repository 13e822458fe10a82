"""Test the site in a browser: no errors, no other host, and working controls."""

import functools
import http.server
import importlib.util
import io
import re
import runpy
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mlcourse.figures import STYLE, draw_neural_net
from mlcourse.lectures import catalog, exercises
from tests.browser.lab import missing, start_browser
from tests.conftest import PATIENCE
from tests.lectures.conftest import REPORT, SETUP, TWO_SLIDERS, put_lecture

LACKS = missing() or " and ".join(
    f"{package} is not installed"
    for package in ("furo", "myst_nb", "axe_playwright_python")
    if importlib.util.find_spec(package) is None
)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

BUILD = Path(__file__).parents[2] / "docs" / "site" / "build.py"
CELLS = (
    SETUP,
    "md:## Networks as graphs\n\nWith $x^2$ and a zebra.\n\n$$\\sum_i w_i x_i$$",
    "mlcourse.plot_activation('relu');",
    TWO_SLIDERS,
    "mlcourse.interactive.activation_functions()",
    "mlcourse.interactive.playground()",
    REPORT,
)
OF_THE_THEME = {"aria-required-attr", "landmark-unique"}  # its side bar's; we add none
PIXELS = """async image => {
    await image.decode();
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return [...bytes];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of a site with one small lecture."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "folder", lambda: folder)
        patch.setenv("MLCOURSE_DATA", str(folder))
        patch.delenv("MPLBACKEND", raising=False)  # a notebook's own, which shows its figures
        xor = replace(exercises.EXERCISES["xor"], lecture="small")
        patch.setitem(exercises.EXERCISES, "xor", xor)
        notebook = put_lecture(folder, "small", *CELLS)
        build = runpy.run_path(str(BUILD))["build"]
        first = build(folder / "out" / "site", repository="owner/course")
    assert [path.name for path in folder.glob("out/.site*")] == []
    assert (first.parent / "notebooks" / "small.ipynb").read_bytes() == notebook.read_bytes()
    return first.parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with ExitStack() as stack:
        yield start_browser(stack)


@pytest.fixture
def page(browser, address):
    """Yield a page that must have no errors, no failed requests and no other host."""
    page, wrong = browser.new_page(), []
    page.set_default_timeout(1000 * PATIENCE)
    page.on("request", lambda one: one.url.startswith((address, "data:")) or wrong.append(one.url))
    page.on("response", lambda one: one.status < 400 or wrong.append(f"{one.status} {one.url}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
    yield page
    page.close()
    assert wrong == []


def pixels(draw, size):
    """Return the image of a draw function, in the style of a lecture, in all its colors."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="none")
        canvas = FigureCanvasAgg(figure)
        draw(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3]


def shown(figure):
    content = bytes(figure.locator("img").evaluate(PIXELS))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def look_the_same(image, other):
    """Return whether two images differ so little that nobody sees it."""
    difference = np.abs(image.astype(int) - other)
    return difference.mean() <= 0.5 and (difference >= 24).mean() <= 0.0005


def wait_for(figure, draw, size, seconds=PATIENCE):
    """Wait until a figure shows the image of a draw function."""
    expected, end = pixels(draw, size), time.monotonic() + seconds
    while not look_the_same(shown(figure), expected):
        assert time.monotonic() < end, "another picture is shown"
        time.sleep(0.05)


def test_each_page_loads(page, site, address):
    pages = [
        path.relative_to(site) for path in site.rglob("*.html") if "_modules" not in path.parts
    ]
    assert len(pages) > 40
    for path in pages:
        page.goto(f"{address}/{path.as_posix()}", wait_until="load")
        assert page.title()


def test_a_lecture_has_its_sections_its_formulas_and_its_other_forms(page, address):
    page.goto(f"{address}/lectures/small.html")
    assert page.locator("h1").inner_text().startswith("The small")
    assert "Networks as graphs" in page.locator(".toc-tree").text_content()
    assert page.locator("article math").count() == 2
    assert "quick run" in page.locator("article").inner_text()
    links = {one.inner_text(): one.get_attribute("href") for one in page.locator(".ways a").all()}
    assert links["Open in Colab"].endswith("/github/owner/course/blob/HEAD/notebooks/small.ipynb")
    for name in ("Slides", "Notebook", "Exercises"):
        assert page.request.get(f"{address}/lectures/{links[name]}").ok
    assert "BEGIN SOLUTION" not in page.request.get(f"{address}/exercises/small.ipynb").text()
    assert all(one.get_attribute("alt") for one in page.locator("article img").all())


def test_the_first_page_leads_to_lectures_gallery_and_reference(page, address):
    page.goto(address)
    page.locator(".lecture h2 a").click()
    assert page.url.endswith("lectures/small.html")
    page.get_by_role("link", name="Gallery", exact=True).click()
    page.wait_for_url("**/gallery.html")
    assert page.locator("article img").count() > 40
    page.get_by_role("link", name="Reference", exact=True).click()
    page.get_by_role("link", name="draw_neural_net").click()
    assert page.url.endswith("reference/figures.html#mlcourse.figures.draw_neural_net")


@pytest.mark.parametrize(("word", "found"), [("zebra", "The small"), ("descend", "descend")])
def test_the_search_finds_lectures_and_names(page, address, word, found):
    page.goto(address)
    page.get_by_placeholder("Search").fill(word)
    page.keyboard.press("Enter")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    assert found in " ".join(results.all_inner_texts())


@pytest.mark.parametrize("name", ["index", "lectures/small", "gallery", "reference/optimizers"])
def test_a_page_has_no_barrier_that_axe_knows(page, address, name):
    from axe_playwright_python.sync_playwright import Axe

    page.goto(f"{address}/{name}.html")
    found = [one for one in Axe().run(page).response["violations"] if one["id"] not in OF_THE_THEME]
    assert [
        (one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in found
    ] == []


def test_sliders_change_the_picture_by_keyboard(page, address):
    page.goto(f"{address}/lectures/small.html")
    figure = page.locator("figure.mlcourse-figure").nth(0)

    def network(*hidden):
        return lambda figure: draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, *hidden, 5])

    wait_for(figure, network(2), (7, 5))
    figure.get_by_label("Hidden layers").focus()
    for key in ("ArrowRight", "ArrowRight", "Tab", "End", "ArrowLeft"):
        page.keyboard.press(key)
    wait_for(figure, network(11, 11, 11), (7, 5))
    assert figure.locator("output").all_inner_texts() == ["3", "11"]
    alt = figure.locator("img").get_attribute("alt")
    assert alt.endswith("Hidden layers: 3. Units in each: 11.")


def test_menus_and_check_boxes_change_a_live_component(page, address):
    page.goto(f"{address}/lectures/small.html")
    figure = page.locator("mlcourse-activation-functions")
    figure.get_by_role("combobox", name="Function", exact=True).select_option("tanh")
    figure.locator(".title", has_text="tanh: a = tanh z").wait_for()
    figure.get_by_role("checkbox", name="Derivative", exact=True).press("Space")
    figure.locator(".second").wait_for(state="detached")


def test_the_playground_trains_in_the_page(page, address):
    page.goto(f"{address}/lectures/small.html")
    figure = page.locator("mlcourse-playground")
    figure.get_by_role("button", name="Run", exact=True).click()
    figure.locator(".status", has_text=re.compile(r"Epoch [1-9]\d")).wait_for()
    figure.get_by_role("button", name="Pause", exact=True).click()
    node = figure.locator(".playground")
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.body.dataset.theme = theme; }", theme)
        page.wait_for_timeout(100)
        is_dark = node.evaluate("node => node.classList.contains('dark')")
        assert is_dark == (theme == "dark")
