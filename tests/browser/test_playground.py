"""The live playground in a page opened from a file: it trains, changes, and obeys the keyboard."""

import re
from html import escape

import pytest

from mlcourse.interactive.components.playground import Playground
from tests.browser.lab import missing
from tests.browser.roles import button, menu

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 800}
STATE = """() => {
    const { session } = document.querySelector("mlcourse-playground");
    const { trainer } = session;
    return {
        epoch: trainer.epoch, running: session.running, settings: trainer.settings,
        loss: trainer.latest.loss, problem: trainer.problem, sizes: trainer.network.sizes,
        weights: [...trainer.network.params],
    };
}"""
KEYS = "window.keys = []; document.addEventListener('keydown', (event) => keys.push(event.key))"
# The name of the element that has the focus; null outside of the playground.
FOCUSED = """() => {
    const focused = document.querySelector("mlcourse-playground").shadowRoot.activeElement;
    return focused && (focused.ariaLabel || (focused.closest("label") ?? focused).innerText);
}"""
COLORS = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""


@pytest.fixture
def show(open_component):
    """Return a function that opens a playground from a file."""

    def open_page(viewport=None, scheme="light", hash_="", javascript=True, body=None, **settings):
        html = body or Playground(**settings).to_html()
        return open_component(html, scheme, hash_=hash_, viewport=viewport, javascript=javascript)

    return open_page


def state(page):
    return page.evaluate(STATE)


def violations(axe, page):
    found = axe.run(page).response["violations"]
    return [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found]


def wait_for(page, condition):
    """Wait until a condition on the state `s` is true."""
    page.wait_for_function(f"() => {{ const s = ({STATE})(); return {condition}; }}")


def test_it_trains_pauses_steps_and_resets(show):
    page = show()
    before = state(page)
    assert (before["epoch"], before["running"]) == (0, False)
    button(page, "Run").click()
    wait_for(page, "s.epoch > 20")
    button(page, "Pause").click()
    paused = state(page)
    assert paused["loss"] < before["loss"]
    page.wait_for_timeout(300)
    assert state(page) == paused
    button(page, "Train for 1 epoch").click()
    assert state(page)["epoch"] == paused["epoch"] + 1
    button(page, "Train on 1 batch").click()
    assert state(page)["epoch"] == paused["epoch"] + 1
    assert f"Epoch {paused['epoch'] + 1}." in page.locator(".status").inner_text()
    button(page, "Reset").click()
    assert state(page) == before


def test_each_unit_shows_a_heat_map(show):
    page = show(hidden=[3, 2])
    units = page.locator(".unit canvas")
    assert units.count() == 2 + 3 + 2 + 1
    for i in range(units.count()):
        assert units.nth(i).evaluate(COLORS) > 20
    assert page.locator(".map canvas").first.evaluate(COLORS) > 20


def test_layers_and_units_by_plus_and_minus(show):
    page = show(hidden=[4, 2])
    button(page, "Add a unit to hidden layer 1").click()
    assert state(page)["sizes"] == [2, 5, 2, 1]
    button(page, "Add a hidden layer").click()
    assert state(page)["sizes"] == [2, 5, 2, 2, 1]
    button(page, "Remove a unit from hidden layer 3").click()
    assert button(page, "Remove a unit from hidden layer 3").is_disabled()
    for _ in range(3):
        button(page, "Remove the last hidden layer").click()
    assert state(page)["sizes"] == [2, 1]
    button(page, "Run").click()
    wait_for(page, "s.epoch > 3")


@pytest.mark.parametrize(
    "points", ["circles", "spirals", "xor", "blobs", "three_spirals", "plane", "sine"]
)
def test_points_are_chosen_and_learned(show, points):
    page = show()
    menu(page, "Points").select_option(points)
    menu(page, "Speed").select_option("ten_epochs")
    before = state(page)["loss"]
    button(page, "Run").click()
    wait_for(page, "s.epoch >= 30")
    assert state(page)["loss"] < before
    assert page.locator("canvas.chart").nth(1).is_visible() == (points not in ("plane", "sine"))


def test_settings_change_during_training(show):
    page = show(hidden=[4, 2])
    button(page, "Run").click()
    wait_for(page, "s.epoch > 3")
    menu(page, "Learning rate").select_option("0.1")
    menu(page, "Optimizer").select_option("rmsprop")
    menu(page, "L2 penalty").select_option("0.01")
    after = state(page)
    assert after["epoch"] > 3
    assert (after["settings"]["learning_rate"], after["settings"]["l2"]) == (0.1, 0.01)
    menu(page, "Activation").select_option("tanh")
    page.get_by_role("checkbox", name="x₁x₂").check()
    wait_for(page, "s.epoch > 3")
    assert state(page)["sizes"] == [3, 4, 2, 1]


def test_a_click_enlarges_a_unit_and_its_weights_are_edited(show):
    page = show(hidden=[4, 2])
    button(page, "Unit 2 of hidden layer 1").click()
    title = page.locator(".title").first
    assert title.inner_text() == "Unit 2 of hidden layer 1"
    weight = page.get_by_role("spinbutton", name="weight of x₂")
    weight.fill("2.5")
    weight.press("Tab")
    assert state(page)["weights"][5] == 2.5
    button(page, "Show the output").click()
    assert title.inner_text() == "Predicted class"


def test_a_training_that_diverges_stops_with_words(show):
    page = show(points="sine", activation="relu", optimizer="sgd", learning_rate=10)
    button(page, "Run").click()
    alert = page.get_by_role("alert").filter(has_text="diverged")
    alert.wait_for()
    assert re.search(r"diverged in epoch \d+: .*lower learning rate", alert.inner_text())
    assert "NaN" not in page.locator(".playground").inner_text()
    menu(page, "Learning rate").select_option("0.01")
    assert not alert.is_visible()
    button(page, "Run").click()
    wait_for(page, "s.epoch > 5 && !s.problem")


def test_points_of_ones_own(show):
    page = show(n_samples=20)
    menu(page, "Points").select_option("own")
    assert len(state(page)["settings"]["own_points"]) == 20
    surface = page.locator("canvas.points")
    menu(page, "Class of new points").select_option("1")
    surface.click(position={"x": 30, "y": 40})
    assert state(page)["settings"]["own_points"][-1][2] == 1
    surface.focus()
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    points = state(page)["settings"]["own_points"]
    assert len(points) == 22
    assert points[-1][0] > points[-2][0] and points[-1][1] > points[-2][1]
    button(page, "Remove last").click()
    assert len(state(page)["settings"]["own_points"]) == 21
    page.get_by_text("From CSV").click()
    text = page.get_by_role("textbox", name="Lines of x1, x2, class")
    text.fill("1,2")
    button(page, "Use these points").click()
    assert "each line must have x1, x2 and a class" in page.locator(".own").inner_text()
    text.fill("x1,x2,class\n0,0,0\n1,1,1\n0,1,2\n1,0,1")
    button(page, "Use these points").click()
    assert state(page)["sizes"][-1] == 3
    button(page, "Run").click()
    wait_for(page, "s.epoch > 3")


def test_copy_link_and_copy_as_keras(show):
    page = show(points="xor", hidden=[5], seed=4)
    button(page, "Copy link").click()
    link = page.get_by_role("textbox", name="link").input_value()
    assert link.startswith("file://")
    other = show(hash_=f"#3;{link.split('#')[1]}")
    assert state(other)["settings"] == state(page)["settings"]
    assert state(other)["weights"] == state(page)["weights"]
    button(page, "Copy as Keras").click()
    assert "keras.layers.Dense(5" in page.get_by_role("textbox", name="Keras code").input_value()
    button(page, "Close").click()


def test_by_keyboard_alone_and_the_page_hears_no_key(show):
    page = show()
    page.evaluate(KEYS)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    wait_for(page, "s.running && s.epoch > 3")
    page.keyboard.press("Space")
    assert not state(page)["running"]
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate(FOCUSED)
        if name is None:
            break
        seen.add(name.split("\n")[0].strip())
        if name == "Unit 1 of hidden layer 1":
            for key in ("ArrowDown", "ArrowRight", "Enter"):
                page.keyboard.press(key)
    assert page.locator(".unit[aria-pressed=true]").get_attribute("data-place") == "2-1"
    needed = {"Reset", "Copy link", "Speed", "Points", "Seed", "x₁", "Dropout", "Optimizer"}
    assert needed <= seen
    page.get_by_role("slider", name="Noise").focus()
    noise = state(page)["settings"]["noise"]
    page.keyboard.press("ArrowRight")
    assert state(page)["settings"]["noise"] == pytest.approx(noise + 0.05)
    for key in ("b", "d", "d", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert set(page.evaluate("keys")) <= {"Tab", "Escape"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_violation_and_no_sideways_scroll(show, scheme, viewport):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = show(viewport, scheme, hidden=[8, 8, 8, 8])
    is_dark = page.locator(".playground").evaluate("node => node.classList.contains('dark')")
    assert is_dark == (scheme == "dark")
    button(page, "Unit 1 of hidden layer 2").click()
    button(page, "Train for 1 epoch").click()
    page.get_by_text("History as a table").click()
    assert violations(axe, page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    menu(page, "Points").select_option("own")
    assert violations(axe, page) == []


def test_it_rests_while_it_is_off_the_screen(show):
    page = show(body=Playground().to_html() + '<div style="height: 3000px"></div>')
    button(page, "Run").click()
    wait_for(page, "s.epoch > 3")
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_timeout(500)
    epoch = state(page)["epoch"]
    page.wait_for_timeout(500)
    assert state(page)["epoch"] == epoch
    page.evaluate("scrollTo(0, 0)")
    wait_for(page, f"s.epoch > {epoch}")


def test_two_on_a_page_and_a_move_within_it(show):
    first = Playground(seed=1).to_html()
    second = Playground(seed=2).to_html(script=False)
    page = show(body=first + second)
    assert page.locator("mlcourse-playground .playground").count() == 2
    page.evaluate("document.body.append(document.querySelector('mlcourse-playground'))")
    page.wait_for_timeout(100)
    assert page.locator("mlcourse-playground .playground").count() == 2


def test_a_model_that_is_put_in_is_shown(show):
    weights = [1.5, -2.0, 0.25]
    playground = Playground(points="plane", hidden=[])
    playground.load_model([[[weights[0]], [weights[1]]], [weights[2]]])
    page = show(body=playground.to_html())
    assert state(page)["weights"] == weights


def test_without_a_script_there_is_an_image_and_a_sentence(show):
    page = show(javascript=False)
    image = page.locator("mlcourse-playground img")
    assert image.is_visible()
    assert image.bounding_box()["width"] > 300
    assert page.get_by_text("It needs JavaScript.").is_visible()


def test_strange_attributes_are_harmless(show):
    html = Playground().to_html()
    strange = re.sub('settings=".*?"', f'settings="{escape("{no json")}"', html, count=1)
    page = show(body=strange)
    assert state(page)["settings"]["points"] == "moons"
