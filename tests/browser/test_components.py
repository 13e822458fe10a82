"""Live components, other than the playground, in a page opened from a file."""

import re

import numpy as np
import pytest

from mlcourse import optimizers
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
from tests.browser.lab import missing
from tests.browser.roles import button, menu, slider

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 800}
SESSION = "document.querySelector('[settings]').session"
PATHS = f"{SESSION}.descents.map(({{ path }}) => [...path])"
CONTROLS = {
    *("Play", "Window", "Operation", "Size", "Stride", "Padding", "Dilation", "Filters", "Kernel"),
    *("Channel", "Bias", "Image", "Row", "Column", "Kernel, row 1, column 3"),
}
KEYS = "window.keys = []; document.addEventListener('keydown', (event) => keys.push(event.key))"
WEIGHTS = [
    np.array([[0.4, -0.7, 0.2], [0.9, 0.1, -0.5]]),
    np.array([0.1, 0.0, -0.2]),
    np.array([[1.0], [-1.2], [0.6]]),
    np.array([0.3]),
]
IMAGE = np.random.default_rng(0).uniform(size=(12, 10, 2)).round(3)
MAP = f"[...{SESSION}.run.map]"
MAKERS = {
    "activation-functions": activation_functions,
    "descent": compare_optimizers,
    "backpropagation": lambda: backpropagation(WEIGHTS, [0.5, -1.0], [1.0]),
    "convolution": lambda: convolution(IMAGE, "sharpen", padding="same"),
    "initialization": initialization,
    "network-size": network_size,
    "schedules": lambda: schedules("cosine_restarts"),
}
ALL_MAKERS = {**MAKERS, "playground": playground}


@pytest.fixture
def show(open_component):
    """Return a function that opens a component from a file."""
    return lambda name, **options: open_component(ALL_MAKERS[name]().to_html(), **options)


def test_curves_and_values_follow_menu_box_slider_and_pointer(show):
    page = show("activation-functions")
    status = page.locator(".status")
    assert status.inner_text() == "At z = 1: a = 0.7311. Derivative: 0.1966."
    slider(page, "z").press("ArrowRight")
    assert status.inner_text().startswith("At z = 1.1: a = 0.7503.")
    menu(page, "Function").select_option("leaky_relu")
    assert page.locator(".title").inner_text() == "leaky ReLU: a = max(0.1 z, z)"
    slider(page, "z").press("Home")
    minus = "\N{MINUS SIGN}"
    assert status.inner_text() == f"At z = {minus}5: a = {minus}0.5. Derivative: 0.1."
    assert page.locator(".curve").count() == page.locator(".point").count() == 2
    page.get_by_role("checkbox", name="Derivative").uncheck()
    assert status.inner_text() == f"At z = {minus}5: a = {minus}0.5."
    assert page.locator(".curve").count() == page.locator(".point").count() == 1
    zero = page.locator(".grid.zero").first.bounding_box()  # vertical, at z = 0
    page.mouse.move(zero["x"] + zero["width"] / 2, zero["y"] + zero["height"] / 2)
    assert status.inner_text() == "At z = 0: a = 0."
    point = page.locator(".point").bounding_box()
    assert point["x"] + point["width"] / 2 == pytest.approx(zero["x"] + zero["width"] / 2, abs=1)
    texts = page.locator(".chart text").all()
    boxes = [item.bounding_box() for item in texts]
    chart = page.locator(".chart").bounding_box()
    for box in boxes:
        assert chart["x"] <= box["x"] and box["x"] + box["width"] <= chart["x"] + chart["width"]


def test_the_learning_rate_follows_menus_sliders_and_pointer(show):
    page = show("schedules")
    status = page.locator(".status")
    rates = f"{SESSION}.rates"
    t = np.arange(100)
    expected = optimizers.schedules.cosine_restarts(0.1, 15)(t)
    np.testing.assert_allclose(page.evaluate(rates), expected, atol=1e-14)
    assert status.inner_text() == "At step 0: learning rate 0.1."
    menu(page, "Schedule").select_option("cyclical")
    names = [
        "Lowest learning rate \u03b7\u2080",
        "Highest learning rate \u03b7\u2081",
        "Steps of half a cycle T",
    ]
    assert page.get_by_role("slider").evaluate_all("all => all.map((one) => one.ariaLabel)") == [
        "Step t",
        *names,
    ]
    menu(page, "Cycles").select_option("exp_range")
    slider(page, "Factor of each step \u03b3").press("ArrowLeft")
    slider(page, names[1]).press("End")
    expected = optimizers.schedules.cyclical(0.01, 0.2, 15, "exp_range", gamma=0.985)(t)
    np.testing.assert_allclose(page.evaluate(rates), expected, atol=1e-14)
    box = page.locator(".curve").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 45 / 99, box["y"] + 20)
    assert status.inner_text() == f"At step 45: learning rate {expected[45]:.4g}."
    point = page.locator(".point").bounding_box()
    assert point["x"] + point["width"] / 2 == pytest.approx(
        box["x"] + box["width"] * 45 / 99, abs=2
    )


def test_the_diagram_and_the_counts_follow_each_control(show):
    page = show("network-size")
    status, circles = page.locator(".status"), page.locator(".diagram circle")
    assert status.inner_text() == "96 weights + 17 biases = 113 parameters."
    assert circles.count() == 22
    slider(page, "Hidden layers").press("End")
    slider(page, "Units in each").press("End")
    assert status.inner_text() == "840 weights + 77 biases = 917 parameters."
    edges = page.locator(".diagram path").evaluate_all(
        "paths => paths.map((path) => path.getAttribute('d').split('M').length - 1)"
    )
    assert edges == [60, *[144] * 5, 60]
    slider(page, "Hidden layers").press("Home")
    assert slider(page, "Units in each").is_disabled()
    for name, value in (("Inputs", "784"), ("Outputs", "0"), ("Outputs", "-3")):
        number(page, name).fill(value)
        number(page, name).press("Tab")
    assert number(page, "Outputs").input_value() == "1"
    assert status.inner_text() == "784 weights + 1 bias = 785 parameters."
    assert page.locator(".diagram text").all_text_contents() == ["784", "\u22ee", "1"]
    assert page.locator("tbody tr").all_inner_texts() == ["Output\t784 \u00d7 1 = 784\t1"]
    boxes = [one.bounding_box() for one in circles.all()]
    diagram = page.locator(".diagram").bounding_box()
    bottom = diagram["y"] + diagram["height"]
    assert all(diagram["y"] <= box["y"] <= bottom - box["height"] for box in boxes)


def test_the_signal_by_layer_follows_each_control(show):
    page = show("initialization")
    status, title = page.locator(".status"), page.locator("p.title").last
    points, curves = page.locator("rect.point"), page.locator(".curve")

    def check(**settings):
        shown = initialization()
        shown.set(**settings)
        sizes = page.evaluate(f"{SESSION}.signal.outputSizes")
        np.testing.assert_allclose(sizes, shown.signal.std(), rtol=1e-11)
        assert shown._description().endswith(status.inner_text())
        assert points.count() == 2 * settings.get("depth", 10)

    check()
    assert title.inner_text() == "Standard deviation of the weights: 0.1."
    menu(page, "Function").select_option("sigmoid")
    check(activation="sigmoid")
    menu(page, "Weights").select_option("he_uniform")
    check(activation="sigmoid", initializer="he_uniform")
    assert title.inner_text() == "Standard deviation of the weights: 0.1414."
    slider(page, "Scale").press("ArrowRight")
    slider(page, "Layers").press("ArrowRight")
    check(activation="sigmoid", initializer="he_uniform", scale=1.1, depth=11)
    slider(page, "Layers").press("End")
    slider(page, "Scale").press("Home")
    menu(page, "Function").select_option("relu")
    check(activation="relu", initializer="he_uniform", scale=0.1, depth=30)
    assert curves.count() == 2


def test_zero_and_infinity_are_said_and_not_drawn(show):
    page = show("initialization")
    status, points = page.locator(".status"), page.locator("rect.point")
    menu(page, "Weights").select_option("zeros")
    sentences = [
        "The signal vanishes: from layer 1 on, its standard deviation is 0.",
        "The gradient vanishes: from layer 9 down, its standard deviation is 0.",
    ]
    assert status.inner_text() == " ".join(sentences)
    assert points.count() == 1
    menu(page, "Weights").select_option("large")
    menu(page, "Function").select_option("relu")
    slider(page, "Scale").press("End")
    slider(page, "Layers").press("End")
    assert status.inner_text() == (
        "The signal explodes: from layer 21 on, its standard deviation is too large for float32. "
        "The gradient cannot be computed."
    )
    assert points.count() == 20
    html = page.locator(".frame").inner_html()
    assert "NaN" not in html and "Infinity" not in html


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
    menu(page, "Layer").select_option(label="2")
    menu(page, "From").select_option(label="unit 3")
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


def number(page, name):
    return page.get_by_role("spinbutton", name=name, exact=True)


def test_the_map_follows_each_control_of_a_convolution(show):
    page = show("convolution")
    np.testing.assert_allclose(page.evaluate(MAP), maps("sharpen", padding="same"), atol=1e-6)
    menu(page, "Kernel").select_option("all_edges")
    menu(page, "Padding").select_option("valid")
    menu(page, "Dilation").select_option("2")
    np.testing.assert_allclose(page.evaluate(MAP), maps("all_edges", dilation=2), atol=1e-6)
    assert menu(page, "Stride").is_disabled()
    menu(page, "Dilation").select_option("1")
    menu(page, "Stride").select_option("3")
    menu(page, "Channel").select_option("2")
    cell = number(page, "Kernel, row 2, column 3")
    cell.fill("0.25")
    cell.press("Tab")
    kernel = np.full((3, 3, 2, 1), -1.0)
    kernel[1, 1] = 8
    kernel[1, 2, 1] = 0.25
    np.testing.assert_allclose(page.evaluate(MAP), maps(kernel, stride=3), atol=1e-6)
    assert menu(page, "Kernel").input_value() == "own"
    menu(page, "Operation").select_option("max")
    expected = IMAGE.reshape(6, 2, 5, 2, 2).max(axis=(1, 3)).ravel()
    np.testing.assert_allclose(page.evaluate(MAP), expected, atol=1e-6)
    button(page, "Reset").click()
    np.testing.assert_allclose(page.evaluate(MAP), maps("sharpen", padding="same"), atol=1e-6)


def maps(kernel, **options):
    return convolution(IMAGE, kernel, **options).feature_maps.ravel()


def test_a_convolution_plays_and_is_moved_by_steps_clicks_and_sliders(show):
    page = show("convolution")
    title = page.locator(".sentence .title")
    slider(page, "Window").press("Home")
    assert title.inner_text() == "Window 1 of 120: row 1, column 1 of the map"
    assert page.locator(".grid .padding").count() == 5
    button(page, "Next").click()
    assert title.inner_text().startswith("Window 2 of 120")
    before = page.locator("canvas.map").evaluate("canvas => canvas.toDataURL()")
    button(page, "Play").click()
    page.wait_for_function(f"() => {SESSION}.step > 4")
    button(page, "Pause").click()
    assert page.locator("canvas.map").evaluate("canvas => canvas.toDataURL()") != before
    slider(page, "Window").press("End")
    assert button(page, "Next").is_disabled()
    slider(page, "Row").press("Home")
    assert title.inner_text().startswith("Window 10 of 120: row 1, column 10")
    box = page.locator("canvas.map").bounding_box()
    page.locator("canvas.map").click(position={"x": box["width"] * 0.35, "y": box["height"] / 24})
    assert title.inner_text().startswith("Window 4 of 120: row 1, column 4")
    box = page.locator("canvas.input").bounding_box()
    page.locator("canvas.input").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert page.evaluate(f"{SESSION}.settings.position") in ([6, 5], [5, 5], [6, 4], [5, 4])
    text = page.locator(".sentence").inner_text()
    assert "channel by channel" in text and "NaN" not in text


def test_an_image_is_drawn_with_the_pointer_and_by_keyboard(show):
    page = show("convolution")
    menu(page, "Image").select_option("blank")
    image = f"[...{SESSION}.image]"
    assert max(page.evaluate(image)) == 0
    page.get_by_label("Draw with the pointer").check()
    box = page.locator("canvas.input").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + box["height"] / 2)
    page.mouse.up()
    drawn = np.reshape(page.evaluate(image), IMAGE.shape)
    assert (drawn[4:8, 4:6] > 0.9).all() and not drawn[:, 0].any()
    menu(page, "Image").select_option("blank")
    slider(page, "Row").press("Home")
    slider(page, "Column").press("Home")
    button(page, "Paint in the window").press("Enter")
    drawn = np.reshape(page.evaluate(image), IMAGE.shape)
    assert drawn[0, 0].min() > 0.9 and not drawn[4:].any()
    menu(page, "Image").select_option("shapes")
    assert page.locator(
        "p.title", has_text="Input, 24 \N{MULTIPLICATION SIGN} 24, channel 1 of 3"
    ).is_visible()


@pytest.mark.parametrize("name", MAKERS)
def test_by_keyboard_alone_and_the_page_hears_no_key(show, name):
    page = show(name)
    page.evaluate(KEYS)
    seen = set()
    for _ in range(40):
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
        for key in ("b", "d", "ArrowRight", "ArrowLeft"):
            page.keyboard.press(key)
    needed = {
        "activation-functions": {"Function", "Derivative", "z"},
        "descent": {"Race", "Surface", "Steps", "Start, x", "Optimizer B", "Learning rate of A"},
        "backpropagation": {"Play", "Next", "Step", "Layer", "Weight", "Learning rate", "x1"},
        "convolution": CONTROLS,
        "initialization": {"Function", "Weights", "Scale", "Layers"},
        "network-size": {"Hidden layers", "Units in each", "Inputs", "Outputs"},
        "schedules": {"Schedule", "Learning rate \N{GREEK SMALL LETTER ETA}", "Step t"},
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
def test_colors_that_the_system_forces_win_over_the_theme_of_the_page(show, name):
    page = show(name)
    page.evaluate("document.body.dataset.theme = 'light'")
    page.emulate_media(forced_colors="active", color_scheme="dark")
    page.locator(".frame.dark").wait_for()
    fills = """texts => texts.map((text) => {
        const [red, green, blue] = getComputedStyle(text).fill.match(/[0-9]+/g).map(Number);
        return 0.3 * red + 0.6 * green + 0.1 * blue;
    })"""
    assert min([255, *page.locator(".frame svg text").evaluate_all(fills)]) > 140
    colors = "all => all.map(getComputedStyle).map((style) => [style.color, style.backgroundColor])"
    pairs = page.locator(".frame button").evaluate_all(colors)
    assert all(color != background for color, background in pairs)
    page.emulate_media(forced_colors="none", color_scheme="dark")
    page.locator(".frame:not(.dark)").wait_for()


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


@pytest.mark.parametrize("name", ALL_MAKERS)
def test_fifty_mounts_and_removals_leave_nothing(show, name):
    page = show(name)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def counts():
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        values = {metric["name"]: metric["value"] for metric in metrics}
        return values["Nodes"], values["JSEventListeners"]

    cycle = f"""async (n) => {{
        for (let i = 0; i < n; i++) {{
            const made = document.createElement("mlcourse-{name}");
            document.body.append(made);
            await new Promise(requestAnimationFrame);
            made.remove();
            await new Promise(requestAnimationFrame);
        }}
    }}"""
    page.evaluate(cycle, 5)
    nodes, listeners = counts()
    page.evaluate(cycle, 50)
    more_nodes, more_listeners = counts()
    assert more_nodes <= nodes + 100
    assert more_listeners <= listeners + 20


@pytest.mark.parametrize("name", ALL_MAKERS)
def test_in_print_the_picture_stays_and_the_buttons_go(show, name):
    page = show(name)
    page.emulate_media(media="print")
    shape = "document.querySelector('[settings]').shadowRoot.querySelector('svg, canvas')"
    page.wait_for_function(f"{shape}.getBoundingClientRect().width > 200")
    assert not [bar for bar in page.locator(".frame > .bar").all() if bar.is_visible()]


@pytest.mark.parametrize("name", ALL_MAKERS)
def test_at_rest_no_frame_and_no_timer_is_asked_for(show, name):
    page = show(name)
    starts = {"playground": "Run", "descent": "Race", "backpropagation": "Play"}
    starts["convolution"] = "Play"
    if name in starts:
        button(page, starts[name]).click()
        stop = page.get_by_role("button", name=re.compile("^(Pause|Stop)$"))
        stop.click()
    asked = page.evaluate("""async () => {
        const nextFrame = window.requestAnimationFrame.bind(window);
        let asked = 0;
        for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
            const call = window[name].bind(window);
            window[name] = (...rest) => {
                asked++;
                return call(...rest);
            };
        }
        for (let i = 0; i < 60; i++) await new Promise(nextFrame);
        return asked;
    }""")
    assert asked == 0


def test_a_screen_reader_hears_words_for_signs(show):
    page = show("backpropagation")
    first = page.locator(".factors tbody td").first
    assert first.get_attribute("aria-label") == "derivative of z 1 of layer 1 by w 1 1 of layer 1"
    slider(page, "Step").press("End")
    slider(page, "Step").press("ArrowLeft")
    text = "derivative of L by b 3 of layer 1 = derivative of L by z 3 of layer 1"
    page.locator(".said", has_text=text).wait_for(state="attached")


@pytest.mark.parametrize("name", ALL_MAKERS)
def test_an_image_has_a_name_and_no_parts_for_a_screen_reader(show, name):
    page = show(name)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    nodes = {node["nodeId"]: node for node in nodes if not node["ignored"]}
    images = [node for node in nodes.values() if node["role"]["value"] == "image"]
    assert images
    for image in images:
        assert len(image["name"]["value"]) > 8
        parts = [nodes[number] for number in image["childIds"] if number in nodes]
        assert {part["role"]["value"] for part in parts} <= {"StaticText"}
        assert all(part["name"]["value"] in image["name"]["value"] for part in parts)
