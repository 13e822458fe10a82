"""Test slides in a browser: nothing overflows or is lost, and keys turn them."""

import base64
import io
from contextlib import ExitStack

import nbformat
import pytest
from PIL import Image

from mlcourse.interactive import Interactive
from mlcourse.interactive.controls import menu, slider
from mlcourse.lectures import slides
from tests.browser.lab import PATIENCE, missing, start_browser

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
V4 = nbformat.v4
WINDOW = {"width": 1280, "height": 720}
SENTENCE = "Sentence {n} is here, long enough for a line or two of a slide, with $w_{n}^2$ in it. "

# Return the visible slide: overflowing elements, font sizes, URLs of images.
LOOK = """() => {
    const slide = document.querySelector("section.now");
    const low = slide.querySelector("footer").getBoundingClientRect().top;
    const seen = [...slide.querySelectorAll("*")].filter(
        one => one.getBoundingClientRect().width && !one.closest("footer"));
    const outside = seen.filter(one => {
        const box = one.getBoundingClientRect();
        return box.left < -1 || box.right > 1281 || box.top < -1 || box.bottom > low + 1;
    });
    const text = seen.filter(one => !one.closest("math, sup, sub, option")
        && [...one.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()));
    const size = one => parseFloat(getComputedStyle(one).fontSize) * (one.currentCSSZoom ?? 1);
    const small = one => one.closest("pre, table, code, figure");
    return {
        outside: outside.map(one => one.outerHTML.slice(0, 200)),
        prose: Math.min(99, ...text.filter(one => !small(one)).map(size)),
        rest: Math.min(99, ...text.filter(small).map(size)),
        title: slide.firstElementChild.textContent,
        pictures: [...slide.querySelectorAll("img")].map(one => {
            const box = one.getBoundingClientRect();
            return [one.src, box.width, box.height];
        }),
    };
}"""

# Whether the stage begins at a distance from the left, and has a width, both in pixels.
STAGE_IS_AT = """([left, width]) => {
    const box = document.querySelector("main").getBoundingClientRect();
    return Math.abs(box.left - left) <= 1 && Math.abs(box.width - width) <= 1;
}"""


def picture(width, height):
    """Return a cell that shows an image of this size in pixels."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, "png")
    data = {"image/png": base64.b64encode(file.getvalue()).decode()}
    output = V4.new_output("display_data", data)
    return V4.new_code_cell("draw()", outputs=[output], metadata={"alt": f"{width} x {height}"})


def printed(source, text):
    return V4.new_code_cell(source, outputs=[V4.new_output("stream", name="stdout", text=text)])


def shown(html):
    return V4.new_code_cell("show()", outputs=[V4.new_output("display_data", {"text/html": html})])


def notes(source):
    return V4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": "notes"}})


def bars(figure, height, colour):
    figure.add_subplot().bar(["a bar"], [height], color=colour)


@pytest.fixture(scope="module")
def notebook():
    """Return a notebook with much content of every kind, which could overflow slides."""
    controls = {
        "height": slider("Height", 1, 3, 2),
        "colour": menu("Colour", [("blue", "C0"), ("red", "C3")]),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_INTERACTIVE", "prerender")
        moved = Interactive(
            bars, controls, figsize=(6, 4), alt="A bar.", prerender=dict.fromkeys(controls)
        )
        moved = moved._repr_mimebundle_()["text/html"]
    text = "".join(SENTENCE.format(n=n) for n in range(30))
    items = "\n".join(f"{n}. Item {n}, {SENTENCE.format(n=n)}" for n in range(1, 20))
    row = "<tr><td>row {0}</td><td>{1}</td></tr>"
    rows = "".join(row.format(n, n * "value ") for n in range(60))
    table = (
        f"<table><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    long = "\n".join(
        f"    {n}: 'code with a <line> that is rather long, {60 * 'x'}'," for n in range(24)
    )
    wide = "$$" + " + ".join(f"w_{{{n}}} x_{{{n}}}" for n in range(20)) + "$$"
    loop = "\n".join(f"line {n} of what was printed" for n in range(80))
    return V4.new_notebook(
        cells=[
            V4.new_markdown_cell("# All of it\n\nSummary."),
            notes("Greet them."),
            V4.new_markdown_cell(
                f"## A text\n\n{text}\n\nThen:\n\n{items}\n\nOr:\n\n- Long. {text}"
            ),
            notes(f"The text is long.\n\n`code` $w_0$ [link](#1)\n\n{text}"),
            V4.new_markdown_cell(f"## A formula\n\nIt is wide:\n\n{wide}"),
            printed(f"table = {{\n{long}\n}}", loop),
            V4.new_markdown_cell("## Pictures"),
            picture(2000, 300),
            V4.new_markdown_cell("A tall one."),
            picture(300, 2000),
            shown(moved),
            V4.new_markdown_cell("## A table"),
            shown(table),
            shown(f"<pre>{'x' * 500}\nthe last line</pre>"),
        ]
    )


@pytest.fixture(scope="module")
def browser():
    with ExitStack() as stack:
        yield start_browser(stack)


@pytest.fixture
def page(browser, notebook, tmp_path):
    """Yield the page of the slides, and check that it had no errors and no requests."""
    target, heard = tmp_path / "slides.html", []
    target.write_text(slides.html(notebook), encoding="utf-8")
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(target.as_uri())
    page.wait_for_selector(".ready", state="attached")
    yield page
    assert {one for one in heard if not one.startswith("data:")} == {target.as_uri()}
    context.close()


def count(page):
    return page.evaluate("document.querySelectorAll('section').length")


def number(page):
    """Return the number of the visible slide, from 1, from its footer."""
    return int(page.locator("section.now footer span").last.inner_text().split(" / ")[0])


def looks(page):
    """Return the `LOOK` of each slide."""
    page.keyboard.press("Home")
    found = [page.evaluate(LOOK)]
    for _ in range(count(page) - 1):
        page.keyboard.press("ArrowRight")
        found.append(page.evaluate(LOOK))
    return found


def to(page, selector):
    """Turn to the slide that contains an element."""
    page.evaluate(
        """selector => { location.hash = 1 + [...document.querySelectorAll("section")].indexOf(
            document.querySelector(selector).closest("section")); }""",
        selector,
    )
    page.wait_for_selector(selector, state="visible")


def test_nothing_overflows_and_all_is_legible(page):
    found = looks(page)
    assert [look["outside"] for look in found if look["outside"]] == []
    assert min(look["prose"] for look in found) >= 28
    assert min(look["rest"] for look in found) >= 20
    titles = [look["title"] for look in found]
    order = ["All of it", "A text", "A formula", "Pictures", "A table"]
    assert list(dict.fromkeys(titles)) == order
    assert titles.count("A text") > 2


def test_nothing_is_lost(page):
    text = " ".join(page.evaluate("document.querySelector('main').textContent").split())
    every = [f"Sentence {n} is" for n in range(30)] + [f"Item {n}," for n in range(1, 20)]
    every += [f"row {n}" + n * "value " for n in range(1, 60)] + ["x" * 500, "the last line"]
    every += [f"{n}: 'code with a <line> that" for n in range(24)]
    every += [f"line {n} of what was printed" for n in range(80)]
    assert [one for one in every if one.strip() not in text] == []
    numbers = page.evaluate(
        "[...document.querySelectorAll('ol')].flatMap("
        "list => [...list.children].map((item, at) => [list.start + at, item.textContent]))"
    )
    assert all(text.startswith(f"Item {n},") for n, text in numbers)
    rows = page.evaluate(
        "[...document.querySelectorAll('table')].map(one => one.rows[0].innerText)"
    )
    assert len(rows) > 3 and len(set(rows)) == 1  # each part of a table has its head


def test_pictures_are_large(page):
    pictures = [shown for look in looks(page) for shown in look["pictures"]]
    (_, width, _), (_, _, tall), (_, _, height) = pictures
    assert width > 1180
    assert tall > 520
    assert height > 400


def test_keys_turn_slides_and_a_reload_stays(page):
    last = count(page)
    turned = []
    for key in ("ArrowRight", "ArrowDown", " ", "PageDown", "ArrowLeft", "ArrowUp", "PageUp"):
        page.keyboard.press(key)
        turned.append(number(page))
    assert turned == [2, 3, 4, 5, 4, 3, 2]
    page.keyboard.press("End")
    assert number(page) == last
    page.keyboard.press("ArrowRight")
    assert number(page) == last
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert number(page) == 1
    page.keyboard.press("Shift+ ")
    page.mouse.click(1275, 300)
    page.mouse.click(1275, 300)
    page.mouse.click(5, 300)
    assert number(page) == 2
    opacity = "getComputedStyle(document.querySelector('.edge')).opacity"
    page.mouse.move(600, 300)
    assert page.evaluate(opacity) == "0"
    page.mouse.move(5, 300)
    assert page.evaluate(opacity) == "1"
    page.reload()
    page.wait_for_selector(".ready", state="attached")
    assert number(page) == 2
    assert page.url.endswith("#2")


def test_an_answer_unfolds_by_click_and_keys_and_stays_inside_its_slide(browser, tmp_path):
    long = "An answer of some length. " * 60
    question = f"How large?\n\n<details><summary>Answer</summary>\n\n{long}\n\n</details>"
    cells = [V4.new_markdown_cell(text) for text in ("# Title", question, "After.")]
    target = tmp_path / "slides.html"
    target.write_text(slides.html(V4.new_notebook(cells=cells)), encoding="utf-8")
    page = browser.new_page(viewport=WINDOW)
    page.goto(f"{target.as_uri()}#2")
    answer = page.locator("section.now details")
    summary = answer.locator("summary")
    summary.click()
    assert answer.get_attribute("open") is not None
    for key, is_open in (("Space", False), ("Enter", True)):
        page.keyboard.press(key)
        assert (answer.get_attribute("open") is not None) == is_open
        assert number(page) == 2
    answer.locator("p").evaluate("one => one.scrollIntoView({block: 'end'})")
    end = answer.bounding_box()["y"] + answer.bounding_box()["height"]
    assert end <= page.locator("section.now footer").bounding_box()["y"]
    page.keyboard.press("ArrowRight")
    assert "After." in page.locator("section.now").inner_text()
    page.close()


def test_the_rows_of_a_table_with_images_and_its_notes_are_on_as_many_slides_as_they_need(
    browser, tmp_path
):
    picture = io.BytesIO()
    Image.new("RGB", (300, 200)).save(picture, "png")
    image = f'<img src="data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}">'
    table = f"<table>{f'<tr><td>words</td><td>{image}</td></tr>' * 3}</table>"
    data = {"text/html": f"{table}<p>{'A note. ' * 60}</p><p>Another note.</p>"}
    cell = V4.new_code_cell("diagnosis", outputs=[V4.new_output("display_data", data)])
    target = tmp_path / "slides.html"
    notebook = V4.new_notebook(cells=[V4.new_markdown_cell("# Title"), cell])
    target.write_text(slides.html(notebook), encoding="utf-8")
    page = browser.new_page(viewport=WINDOW)
    page.goto(target.as_uri())
    parts = []
    for slide in range(2, page.locator("section").count() + 1):
        page.goto(f"{target.as_uri()}#{slide}")
        page.wait_for_selector(f"section.now:nth-of-type({slide})")
        found = [one.bounding_box() for one in page.locator("section.now :is(tr, p)").all()]
        parts.append(len(found))
        ends = [
            *(box["y"] for box in found[1:]),
            page.locator("section.now footer").bounding_box()["y"],
        ]
        for box, end in zip(found, ends, strict=True):
            assert box["height"] > 0 and box["y"] + box["height"] <= end + 1
    assert parts == [2, 3]  # two rows; a row and two notes
    page.close()


def test_the_summary_of_a_model_is_on_one_slide(browser, tmp_path):
    lines = ["Model", "\n".join(["a layer"] * 21), "Total", "Trainable", "Non-trainable"]
    outputs = [
        V4.new_output(
            "display_data", {"text/html": f'<pre style="line-height:normal">{line}</pre>'}
        )
        for line in lines
    ]
    cell = V4.new_code_cell("model = cnn()\nmodel.summary()", outputs=outputs)
    target = tmp_path / "slides.html"
    text = V4.new_markdown_cell(f"# Title\n\n## Network\n\n{'Words. ' * 40}\n\nThe network:")
    target.write_text(slides.html(V4.new_notebook(cells=[text, cell])), encoding="utf-8")
    page = browser.new_page(viewport=WINDOW)
    page.goto(target.as_uri())
    counts = [slide.locator("div.result pre").count() for slide in page.locator("section").all()]
    assert max(counts) == sum(counts) == len(lines)
    page.close()


def test_full_screen_is_a_key(page):
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement")


def test_controls_change_their_picture_and_turn_nothing(page):
    to(page, "input[type=range]")
    at, before = number(page), page.evaluate(LOOK)["pictures"]
    page.locator("section.now input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    after = page.evaluate(LOOK)["pictures"]
    assert number(page) == at
    assert after[0][0] != before[0][0]
    assert after[0][1:] == before[0][1:]
    page.locator("section.now select").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(LOOK)["pictures"][0][0] != after[0][0]
    assert number(page) == at
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert number(page) == at + 1


def test_the_stage_fills_any_window(page):
    for width, height in ((1920, 1080), (800, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        stage = min(width, height * 16 / 9)
        place = [(width - stage) / 2, stage]
        page.wait_for_function(STAGE_IS_AT, arg=place)


def barriers(page):
    """Return the violations that axe, with all its rules, finds on a page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def outline(page):
    """Return the numbers of the visible slides, and of the one with the focus."""
    return page.evaluate(
        """() => {
            const all = [...document.querySelectorAll("section")];
            const seen = all.filter(one => one.checkVisibility());
            const focused = document.activeElement.closest("section");
            return [seen.map(one => all.indexOf(one) + 1), all.indexOf(focused) + 1];
        }"""
    )


def test_an_overview_is_moved_through_by_keys_and_by_mouse(page):
    every = list(range(1, count(page) + 1))
    for key in ("o", "Escape"):
        page.keyboard.press(key)
        assert outline(page) == [every, 1]
        page.keyboard.press("Escape")
        assert outline(page) == [[1], 0]
    page.keyboard.press("O")
    columns = len(
        page.evaluate(
            "getComputedStyle(document.querySelector('main')).gridTemplateColumns"
        ).split()
    )
    assert columns == 4
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    assert outline(page) == [every, columns + 2]
    assert barriers(page) == []
    page.keyboard.press("Enter")
    assert outline(page) == [[columns + 2], 0]
    page.keyboard.press("ArrowRight")
    assert number(page) == columns + 3
    page.keyboard.press("o")
    page.keyboard.press("End")
    box = page.locator("section").last.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 720  # it was scrolled to
    page.keyboard.press("Home")
    page.locator("section").nth(1).click()
    assert outline(page) == [[2], 0]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Back to the slide").click()
    assert outline(page) == [[2], 0]
    assert barriers(page) == []


def test_controls_in_the_overview_are_pictures_only(page):
    to(page, "input[type=range]")
    at, before = number(page), page.evaluate(LOOK)["pictures"]
    page.keyboard.press("o")
    page.locator("section.now input[type=range]").click(force=True)
    assert number(page) == at
    assert page.evaluate(LOOK)["pictures"][0][0] == before[0][0]
    page.locator("section.now input[type=range]").click()  # again a control
    assert outline(page)[0] == [at]


def is_black(page):
    return not page.locator("section.now").is_visible()


def test_the_screen_can_be_black(page):
    for key in ("b", "."):
        page.keyboard.press(key)
        assert is_black(page)
        assert "black" in page.locator("p.said").inner_text()
        page.keyboard.press(key)
        assert not is_black(page)
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    assert number(page) == 2 and not is_black(page)
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    assert outline(page) == [[2], 0]


def test_a_number_is_jumped_to(page):
    page.keyboard.type("12")
    assert page.locator(".said.visible").inner_text() == "Slide 12: press Enter"
    page.keyboard.press("Enter")
    assert number(page) == 12
    assert not page.locator(".said.visible").count()
    page.keyboard.type("3")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    assert outline(page) == [[12], 0]
    page.keyboard.type("3")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert number(page) == 13
    page.keyboard.type("999")
    page.keyboard.press("Enter")
    assert number(page) == count(page)


@pytest.mark.parametrize(("address", "at"), [("#5", 5), ("#/5", 5), ("#no", 1), ("#999", None)])
def test_an_address_names_a_slide(page, address, at):
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function("() => /^#[0-9]+$/.test(location.hash)")
    assert number(page) == (at or count(page))


SWIPE = """([from, to, fingers]) => {
    const touch = (at, identifier) => new Touch({
        identifier, target: document.body, clientX: at[0] + identifier, clientY: at[1] });
    const all = at => Array.from({length: fingers}, (_, finger) => touch(at, finger));
    const send = (type, touches, changedTouches) => document.body.dispatchEvent(
        new TouchEvent(type, {bubbles: true, touches, changedTouches}));
    send("touchstart", all(from), all(from));
    send("touchend", [], all(to));
}"""


def test_swipes_turn_slides_and_pinches_do_not(page):
    def swipe(start, end, fingers=1):
        page.evaluate(SWIPE, [start, end, fingers])
        return number(page)

    assert swipe((300, 200), (100, 210)) == 2
    assert swipe((300, 200), (100, 210), fingers=2) == 2
    assert swipe((300, 200), (270, 200)) == 2
    assert swipe((300, 200), (200, 400)) == 2
    assert swipe((100, 200), (300, 210)) == 1
    page.keyboard.press("o")
    assert swipe((300, 200), (100, 210)) == 1


@pytest.fixture
def speaker(page):
    """Yield the speaker view of the slides."""
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    view = popup.value
    view.set_viewport_size(WINDOW)
    view.wait_for_selector(".ready", state="attached")
    return view


def at(view):
    return view.locator(".at").inner_text()


def wait_for(page, number):
    page.wait_for_function(f"() => location.hash === '#{number}'")


def test_the_speaker_sees_this_slide_the_next_one_and_the_notes(page, speaker):
    last = count(page)
    assert at(speaker) == f"Now: slide 1 of {last}"
    assert outline(speaker)[0] == [1, 2]
    assert speaker.locator(".read").inner_text() == "Greet them."
    boxes = [speaker.locator(f"section.{name}").bounding_box() for name in ("now", "next")]
    boxes.append(speaker.locator(".read").bounding_box())
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 1280 for box in boxes)
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= 720 for box in boxes)
    assert all(box["width"] > 400 for box in boxes)
    assert not page.get_by_text("Greet them.").is_visible()
    assert barriers(speaker) == []
    speaker.keyboard.press("ArrowRight")
    speaker.keyboard.press("ArrowRight")
    assert "The text is long." in speaker.locator(".read").inner_text()  # of all slides of a text
    wait_for(page, 3)
    page.keyboard.press("End")
    wait_for(speaker, last)
    assert speaker.locator(".read").inner_text() == "No notes."
    assert speaker.locator(".then").inner_text() == "This is the last slide."
    assert outline(speaker)[0] == [last]


def test_both_windows_turn_both_and_stay_in_step_when_loaded_anew(page, speaker):
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        speaker.keyboard.press(key)
    wait_for(page, 3)
    page.reload()
    page.wait_for_selector(".ready", state="attached")
    speaker.wait_for_timeout(1000)  # it says twice a second that it is there
    page.keyboard.press("ArrowRight")
    wait_for(speaker, 4)
    speaker.reload()
    speaker.wait_for_selector(".ready", state="attached")
    assert number(page) == 4 and at(speaker).startswith("Now: slide 4 of")
    page.keyboard.press("ArrowRight")
    wait_for(speaker, 5)
    speaker.keyboard.type("2")
    speaker.keyboard.press("Enter")
    wait_for(page, 2)
    speaker.keyboard.press("b")
    page.wait_for_function("() => document.documentElement.classList.contains('black')")
    assert at(speaker).endswith("The screen is black.")
    assert speaker.locator("section.now").is_visible()
    assert is_black(page)
    speaker.get_by_role("button", name="Next slide").click()
    wait_for(page, 3)
    assert not is_black(page)


def test_the_timer_runs_is_kept_and_is_reset(page, speaker):
    elapsed = "() => document.querySelector('.elapsed').textContent"
    speaker.wait_for_function(f"{elapsed} >= '00:00:01'")
    speaker.evaluate("history.replaceState({ began: Date.now() - 3723_000 }, '')")
    speaker.reload()
    speaker.wait_for_selector(".ready", state="attached")
    assert speaker.evaluate(elapsed).startswith("01:02:0")
    speaker.get_by_role("button", name="Reset timer").press("Enter")
    assert speaker.evaluate(elapsed).startswith("00:00:0")
    assert at(speaker).startswith("Now: slide 1")
    speaker.reload()
    assert speaker.evaluate(elapsed).startswith("00:00:")


def test_notes_are_scrolled_by_keys_when_they_have_the_focus(page, speaker):
    speaker.keyboard.press("ArrowRight")
    speaker.locator(".read").focus()
    speaker.keyboard.press("PageDown")
    speaker.wait_for_function("() => document.querySelector('.read').scrollTop > 0")
    assert at(speaker).startswith("Now: slide 2")
    speaker.keyboard.press("ArrowRight")
    assert at(speaker).startswith("Now: slide 3")


def test_a_stranger_s_messages_turn_nothing(page, speaker):
    page.evaluate("postMessage([3, false], '*')")
    speaker.evaluate("postMessage([3, false], '*')")
    speaker.wait_for_timeout(300)
    assert number(page) == 1
    assert at(speaker).startswith("Now: slide 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_speaker_s_view_and_the_overview_fit_a_phone(browser, notebook, tmp_path, scheme):
    target = tmp_path / "slides.html"
    target.write_text(slides.html(notebook), encoding="utf-8")
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    context = browser.new_context(**phone, color_scheme=scheme)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(f"{target.as_uri()}?speaker#2")
    page.wait_for_selector(".ready", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    size = page.evaluate("getComputedStyle(document.querySelector('.read')).fontSize")
    assert float(size.removesuffix("px")) >= 20
    assert barriers(page) == []
    page.goto(target.as_uri())
    page.wait_for_selector(".ready", state="attached")
    page.get_by_role("button", name="Overview").tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("section").first.bounding_box()["width"] > 300
    assert barriers(page) == []
    page.locator("section").nth(2).tap()
    assert number(page) == 3
    context.close()


def test_paper_has_a_page_a_slide(page):
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == count(page)


def test_without_a_script_it_is_read_from_top_to_bottom(browser, notebook, tmp_path):
    target = tmp_path / "slides.html"
    target.write_text(slides.html(notebook), encoding="utf-8")
    page = browser.new_page(viewport=WINDOW, java_script_enabled=False)
    page.goto(target.as_uri())
    tops = [one.bounding_box()["y"] for one in page.locator("section").all()]
    assert tops == sorted(tops) and len(set(tops)) == len(tops)
    assert page.locator("table").is_visible()
    page.close()
