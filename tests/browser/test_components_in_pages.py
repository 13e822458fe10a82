"""Test live components where there is no kernel: on slides, and on the page of a lecture."""

from functools import partial

import nbformat
import numpy as np
import pytest

from mlcourse.interactive import (
    activation_functions,
    backpropagation,
    compare_optimizers,
    convolution,
    initialization,
    network_size,
    playground,
    schedules,
)
from mlcourse.lectures import page as pages
from mlcourse.lectures import slides
from tests.browser.lab import missing
from tests.browser.roles import button, slider

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
V4 = nbformat.v4
EPOCH = "document.querySelector('mlcourse-playground').session.trainer.epoch"
TASK = "Move each slider from its first value to its last one, and watch the figure. " * 2
# Visible elements of the component that stick out of the slide's body.
OUTSIDE = """() => {
    const host = document.querySelector("section.now [settings]");
    const { left, right, top, bottom } = host.parentElement.getBoundingClientRect();
    return [...host.shadowRoot.querySelectorAll("*")].filter((node) => {
        const box = node.getBoundingClientRect();
        const isSeen = node.checkVisibility() && box.width && !node.closest(".said");
        return isSeen && (box.left < left - 1 || box.right > right + 1
            || box.top < top - 1 || box.bottom > bottom + 1);
    }).map((node) => node.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def notebook():
    """Return an executed notebook with a playground for pages without a kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_INTERACTIVE", "prerender")
        data = playground(layers=2, units=32, noise=0.25)._repr_mimebundle_()
    cell = V4.new_code_cell("interactive.playground()")
    cell.outputs = [V4.new_output("display_data", data)]
    markdown = (
        "# A lecture\n\nAll of it.",
        "## Overfitting\n\n*Run* starts it.",
        "## The end\n\nEnd.",
    )
    first, second, last = map(V4.new_markdown_cell, markdown)
    return V4.new_notebook(cells=[first, second, cell, last])


@pytest.fixture
def show(open_file):
    """Return a function that opens a file in a window of the size of a slide."""
    return partial(open_file, viewport={"width": 1280, "height": 720})


def test_on_a_slide_it_trains_fits_and_has_its_own_keys(show, notebook):
    page = show(slides.html(notebook), "#2")
    page.wait_for_selector(".ready", state="attached")
    assert page.evaluate(OUTSIDE) == []
    button(page, "Run").click()
    page.wait_for_function(f"{EPOCH} > 3")
    page.get_by_text("Settings", exact=True).click()
    assert page.evaluate(OUTSIDE) == []
    noise = page.get_by_role("slider", name="Noise")
    noise.focus()
    for key in ("ArrowRight", "b", "o"):
        page.keyboard.press(key)
    assert noise.input_value() == "0.3"
    assert page.locator("section.now.live").count() == 1
    assert "overview" not in page.locator("html").get_attribute("class")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert page.locator("section.now.live").count() == 0
    page.keyboard.press("ArrowRight")
    button(page, "Pause").focus()
    page.keyboard.press("PageDown")
    assert page.locator("section.now").inner_text().startswith("The end")
    page.wait_for_timeout(300)
    epoch = page.evaluate(EPOCH)
    page.wait_for_timeout(500)
    assert page.evaluate(EPOCH) == epoch
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"{EPOCH} > {epoch}")


def slides_of(component, monkeypatch, task=TASK):
    """Return slides whose second one is a component below a task, by default of two lines."""
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "prerender")
    cell = V4.new_code_cell("component()")
    cell.outputs = [V4.new_output("display_data", component._repr_mimebundle_())]
    markdown = "# A lecture\n\nAll.", f"## A task\n\n{task}", "## The end\n\nEnd."
    title, asked, end = map(V4.new_markdown_cell, markdown)
    return slides.html(V4.new_notebook(cells=[title, asked, cell, end]))


def set_to(component, **settings):
    component.set(**settings)
    return component


@pytest.mark.parametrize(
    "component",
    [
        activation_functions("softmax"),
        network_size(10_000, 10_000, layers=6, units=12),
        set_to(schedules("cyclical"), mode="exp_range"),
        initialization("leaky_relu", "he_uniform", depth=30),
        compare_optimizers(),
    ],
    ids=lambda component: component._name,
)
def test_a_small_component_fits_a_slide_and_has_its_own_keys(show, monkeypatch, component):
    page = show(slides_of(component, monkeypatch), "#2")
    page.wait_for_selector(".ready", state="attached")
    assert page.evaluate(OUTSIDE) == []
    control = page.get_by_role("slider").first
    control.press("Home")
    before = control.input_value()
    for key in ("ArrowRight", "b", "o"):
        page.keyboard.press(key)
    assert control.input_value() != before
    assert page.locator("section.now.live").count() == 1
    assert "overview" not in page.locator("html").get_attribute("class")


def test_back_propagation_fits_a_slide_below_a_task_of_a_line(show, monkeypatch):
    layers = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)]
    component = backpropagation(layers, [1.0, 2.0], [11.0], weight=(1, 2, 2))
    page = show(slides_of(component, monkeypatch, "Press *Next* to follow the example."), "#2")
    page.wait_for_selector(".factors table", state="attached")
    assert page.evaluate(OUTSIDE) == []


def test_a_convolution_fits_a_slide_and_has_its_own_keys(show, monkeypatch):
    page = show(slides_of(convolution(), monkeypatch), "#2")
    window = slider(page, "Window")
    window.press("Home")
    window.press("ArrowRight")
    assert page.locator(".sentence .title").inner_text().startswith("Window 2 of 676")
    assert page.locator("section.now.live").count() == 1
    assert page.evaluate(OUTSIDE) == []
    button(page, "Next").focus()
    page.keyboard.press("PageDown")
    assert page.locator("section.now").inner_text().startswith("The end")


def test_a_link_to_a_slide_holds_the_settings(show, notebook):
    page = show(slides.html(notebook), "#2")
    page.wait_for_selector(".ready", state="attached")
    button(page, "Add a hidden layer").click()
    button(page, "Copy link").click()
    link = page.get_by_role("textbox", name="link").input_value()
    assert "#2;playground=" in link
    other = show(slides.html(notebook), f"#{link.partition('#')[2]}")
    other.wait_for_selector(".ready", state="attached")
    assert other.locator("section.now.live").count() == 1
    assert other.get_by_text("Hidden layers: 3").is_visible()


def write_page(notebook, folder):
    pages.write(notebook, "A lecture", "", folder / "page.html")
    return (folder / "page.html").read_text("utf-8")


def test_on_the_page_of_a_lecture_it_trains_and_is_printed(show, notebook, tmp_path):
    page = show(write_page(notebook, tmp_path))
    button(page, "Run").click()
    page.wait_for_function(f"{EPOCH} > 3")
    button(page, "Pause").click()
    page.emulate_media(media="print")
    assert page.locator("mlcourse-playground .map").is_visible()
    assert not button(page, "Run").is_visible()


@pytest.mark.parametrize("form", ["slides", "page"])
def test_without_a_script_there_is_an_image_and_a_sentence(show, notebook, tmp_path, form):
    html = slides.html(notebook) if form == "slides" else write_page(notebook, tmp_path)
    page = show(html, javascript=False)
    assert page.locator("mlcourse-playground img").bounding_box()["width"] > 300
    assert page.get_by_text("It needs JavaScript.").is_visible()
