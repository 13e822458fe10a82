"""The race of optimizers and back-propagation in a page opened from a file."""

import numpy as np
import pytest

from mlcourse import optimizers
from mlcourse.interactive import backpropagation, compare_optimizers
from tests.browser.lab import missing
from tests.browser.roles import button, menu, slider

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 800}
SESSION = "document.querySelector('[settings]').session"
PATHS = f"{SESSION}.descents.map(({{ path }}) => [...path])"
KEYS = "window.keys = []; document.addEventListener('keydown', (event) => keys.push(event.key))"
WEIGHTS = [
    np.array([[0.4, -0.7, 0.2], [0.9, 0.1, -0.5]]),
    np.array([0.1, 0.0, -0.2]),
    np.array([[1.0], [-1.2], [0.6]]),
    np.array([0.3]),
]
MAKERS = {
    "descent": compare_optimizers,
    "backpropagation": lambda: backpropagation(WEIGHTS, [0.5, -1.0], [1.0]),
}


@pytest.fixture
def show(open_component):
    """Return a function that opens a component from a file."""
    return lambda name, **options: open_component(MAKERS[name]().to_html(), **options)


def expected(start, *optimizers_, surface="beale", steps=100):
    return [
        optimizers.descend(item, surface, start, steps).ravel().tolist() for item in optimizers_
    ]


def test_the_paths_follow_each_control(show):
    page = show("descent")
    adam = optimizers.adam(0.22, epsilon=1e-8)
    assert page.evaluate(PATHS) == expected(None, "momentum", "adam")
    slider(page, "Learning rate of B").press("ArrowRight")
    assert page.evaluate(PATHS) == expected(None, "momentum", adam)
    menu(page, "Optimizer A").select_option("sgd")
    slider(page, "Start, x").press("ArrowLeft")
    assert page.evaluate(PATHS) == expected((0.75, 1.6), "sgd", adam)
    button(page, "Add an optimizer").click()
    slider(page, "Momentum of C").press("ArrowLeft")
    momentum = optimizers.momentum(0.005, momentum=0.89)
    assert page.evaluate(PATHS) == expected((0.75, 1.6), "sgd", adam, momentum)
    button(page, "Remove optimizer A").click()
    menu(page, "Surface").select_option("ravine")
    assert page.evaluate(PATHS) == expected(None, adam, momentum, surface="ravine")


def test_a_click_is_the_start_and_a_diverging_path_says_so(show):
    page = show("descent")
    before = page.locator(".paths").evaluate("canvas => canvas.toDataURL()")
    box = page.locator(".paths").bounding_box()
    page.locator(".paths").click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    start = page.evaluate(f"{SESSION}.settings.start")
    assert start == pytest.approx([0.75, 0.625], abs=0.03)
    assert page.evaluate(PATHS) == expected(start, "momentum", "adam")
    assert page.locator(".paths").evaluate("canvas => canvas.toDataURL()") != before
    slider(page, "Learning rate of A").press("End")
    result = page.locator(".status").first
    assert "Diverges at step" in result.inner_text()
    assert "NaN" not in page.locator(".descent").inner_text()


def test_the_race_goes_step_by_step_to_its_end(show):
    page = show("descent")
    slider(page, "Steps").press("Home")
    for _ in range(29):
        slider(page, "Steps").press("ArrowRight")
    button(page, "Race").press("Enter")
    page.wait_for_function(f"() => {SESSION}.running === false && {SESSION}.shown === 30")
    assert "Step 30:" in page.locator(".status").first.inner_text()


def test_steps_forward_and_back_show_what_is_known(show):
    page = show("backpropagation")
    title = page.locator(".sentence .title")
    values = page.locator("svg .value")
    assert title.inner_text() == "Input"
    button(page, "Next").click()
    assert title.inner_text() == "Forward: unit 1 of layer 1"
    steps = slider(page, "Step")
    steps.press("End")
    assert title.inner_text() == "Update"
    assert all(values.all_text_contents())
    steps.press("ArrowLeft")
    assert title.inner_text() == "Backward: bias of unit 3 of layer 1"
    steps.press("Home")
    assert not values.last.text_content()
    button(page, "Play").click()
    page.wait_for_function(f"() => {SESSION}.settings.step > 1")
    button(page, "Pause").click()


def test_an_edge_that_is_pointed_at_shows_its_factors_and_its_weight_is_edited(show):
    page = show("backpropagation")
    network = MAKERS["backpropagation"]().network
    gradients = network.run([0.5, -1.0], [1.0]).gradients
    rows = page.locator(".factors tbody tr")
    edge = page.locator("svg .target").nth(4).bounding_box()  # from input 2 to unit 2
    page.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
    assert rows.nth(rows.count() - 2).inner_text().endswith(f"= {text(gradients[0][1, 1])}")
    assert rows.last.inner_text().endswith(text(gradients[0][1, 1]))
    page.mouse.move(0, 0)
    menu(page, "Layer").select_option("2")
    menu(page, "From").select_option("3")
    assert rows.last.inner_text().endswith(text(gradients[1][2, 0]))
    weight = page.get_by_role("spinbutton", name="Weight")
    weight.fill("-2")
    weight.press("Tab")
    assert page.evaluate(f"[...{SESSION}.network.params]")[11] == -2
    slider(page, "Learning rate").press("Home")  # so low that the loss falls
    loss = page.evaluate(f"{SESSION}.run.loss")
    button(page, "Update all weights").click()
    assert page.evaluate(f"{SESSION}.run.loss") < loss
    button(page, "Reset weights").click()
    parameters = np.concatenate([part.ravel() for part in WEIGHTS])
    assert page.evaluate(f"[...{SESSION}.network.params]") == parameters.tolist()


def text(number):
    return f"{float(f'{number:.4g}'):g}".replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize("name", MAKERS)
def test_by_keyboard_alone_and_the_page_hears_no_key(show, name):
    page = show(name)
    page.evaluate(KEYS)
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate(f"{SESSION} && document.activeElement.shadowRoot?.activeElement")
        if focused is None:
            break
        seen.add(
            page.evaluate(
                "(() => { const a = document.activeElement.shadowRoot.activeElement;"
                " return a.ariaLabel || (a.closest('label') ?? a).innerText; })()"
            ).split("\n")[0]
        )
        for key in ("b", "d", "ArrowRight"):
            page.keyboard.press(key)
    needed = {
        "descent": {"Race", "Surface", "Steps", "Start, x", "Optimizer B", "Learning rate of A"},
        "backpropagation": {"Play", "Next", "Step", "Layer", "Weight", "Learning rate", "x1"},
    }
    assert needed[name] <= seen
    assert set(page.evaluate("keys")) <= {"Tab"}


@pytest.mark.parametrize("name", MAKERS)
def test_no_violation_and_no_sideways_scroll(show, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for scheme, viewport in (("light", WIDE), ("dark", WIDE), ("light", NARROW), ("dark", NARROW)):
        page = show(name, viewport=viewport, scheme=scheme)
        assert (page.locator(".frame").evaluate("node => node.classList.contains('dark')")) == (
            scheme == "dark"
        )
        if name == "backpropagation":
            slider(page, "Step").press("End")
            page.get_by_text("All gradients as a table").click()
        found = axe.run(page).response["violations"]
        assert [(item["id"], item["nodes"][0]["html"][:200]) for item in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("name", MAKERS)
def test_without_a_script_there_is_an_image_and_a_sentence(show, name):
    page = show(name, javascript=False)
    assert page.locator("[settings] img").bounding_box()["width"] > 300
    assert page.get_by_text("It needs JavaScript.").is_visible()


@pytest.mark.parametrize("name", MAKERS)
def test_mounts_removals_and_strange_attributes_are_harmless(show, name):
    page = show(name)
    page.evaluate(f"""async () => {{
        for (let i = 0; i < 5; i++) {{
            const made = document.createElement("mlcourse-{name}");
            const settings = ["no json", "[1]", "null", "{{}}", '{{"steps": "a"}}'];
            made.setAttribute("settings", settings[i]);
            document.body.append(made);
            await new Promise(requestAnimationFrame);
            if (!made.shadowRoot.textContent.length) throw new Error("empty");
            if (i < 4) made.remove();
            await new Promise(requestAnimationFrame);
        }}
        document.body.append(document.querySelector("mlcourse-{name}"));
    }}""")
    assert page.locator(".frame").count() == 2
