import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from mlcourse.datasets import SYNTHETIC_NOTICE
from mlcourse.lectures import session, slides
from tests.lectures.conftest import REPORT, SETUP

V4 = nbformat.v4
PNG = "iVBORw0KGgo="
SENTENCE = "A sentence of some forty letters, no more. "


def md(source):
    return V4.new_markdown_cell(source)


def shown(data):
    return V4.new_output("display_data", data)


def printed(text):
    return V4.new_output("stream", name="stdout", text=text)


def code(source, *outputs, **metadata):
    return V4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def figure(source="plot();", alt="A curve."):
    return code(source, shown({"image/png": PNG}), alt=alt)


def sections(*cells, metadata=None):
    """Return the slides of these cells after a title slide, as tags of BeautifulSoup."""
    notebook = V4.new_notebook(cells=[md("# Title\n\nSummary."), *cells], metadata=metadata or {})
    return BeautifulSoup(slides.html(notebook), "html.parser").find_all("section")[1:]


def said(section):
    return section.find(class_="body").get_text(" ", strip=True)


def test_the_first_slide_has_the_title_the_summary_and_which_run_it_is():
    facts = {"mode": "quick run", "data": "MNIST", "device": "CPU", "synthetic": True}
    cells = [
        md("# A *title* $x$\n\nSummary.\n\nMore."),
        code("", shown({session.MIME_TYPE: facts})),
    ]
    html = BeautifulSoup(slides.html(V4.new_notebook(cells=cells)), "html.parser")
    first, second = html.find_all("section")
    assert first["class"] == ["title"]
    assert str(first.h1).startswith('<h1>A <em>title</em> <span class="whole"><math')
    assert html.title.text == "A title x"
    assert "Summary." in first.text and SYNTHETIC_NOTICE in first.text and "More." not in first.text
    assert "More." in second.text


def test_a_heading_is_on_the_slides_below_it_and_has_none_of_its_own():
    first, second = sections(md("## Part"), md("### One\n\nSaid.\n\n### Two"), figure())
    assert [first.h2.text, second.h2.text] == ["One", "Two"]
    assert first["data-part"] == second["data-part"] == "Part"


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_short_text_stands_on_its_figures_slide(order):
    cells = [md("## A"), md("It is short."), figure(), md("## B\n\nMore.")]
    if order == "after":
        cells[1:3] = cells[2:0:-1]
    first, _ = sections(*cells)
    assert first["class"] == ["figure"]
    assert first.find(class_="words").text.strip() == "It is short."
    (image,) = first.find(class_="frame").find_all("img")
    assert image["alt"] == "A curve."
    assert image["src"] == f"data:image/png;base64,{PNG}"


def test_a_long_text_has_a_slide_before_its_figure():
    text, alone = sections(md(f"## A\n\n{10 * SENTENCE}"), figure())
    assert SENTENCE.strip() in said(text)
    assert alone.find(class_="words") is None


def test_a_text_that_leads_to_the_next_figure_is_not_put_under_the_last_one():
    first, second = sections(md("## A"), figure(), md("Next."), figure())
    assert first.find(class_="words") is None
    assert said(second) == "Next."


def test_a_text_after_a_figure_is_under_it_if_more_text_follows():
    (drawn, text) = sections(md("## A"), figure(), md("What it shows.\n\nThe next idea."))
    assert said(drawn) == "What it shows."
    assert said(text) == "The next idea."
    alone, leading, _ = sections(md("## A"), figure(), md("What follows:"), code("f()"), md("End."))
    assert alone.find(class_="words") is None
    assert said(leading).startswith("What follows:")


def test_a_question_with_a_folded_answer_has_its_own_slide_before_the_figure():
    answer = "<details><summary>Answer</summary>\n\nIt is $2$.\n\n</details>"
    cells = [md("## A\n\nBefore."), md(f"How large?\n\n{answer}"), figure(), md("After.")]
    pause, drawn = sections(*cells)
    assert said(pause).startswith("Before. How large?")
    assert (pause["class"], pause.h2.text) == (["pause"], "A")
    assert pause.find("details").find("math").text == "2"
    assert "How large?" not in pause.find("details").text
    assert drawn["class"] == ["figure"]
    assert "After." in drawn.text and "How large?" not in drawn.text
    long = f"## A\n\n{10 * SENTENCE}"
    before, pause, after = sections(md(long), md(f"How large?\n\n{answer}"), md("After."))
    assert SENTENCE.strip() in said(before)
    assert said(pause).startswith("How large?")
    assert said(after) == "After."


def test_code_that_only_shows_something_is_left_out():
    table = shown({"text/html": "<table><tr><td>1</td></tr></table>"})
    all_of_it = sections(md("## A"), figure("axes = draw()"), code("table", table))
    assert not any(section.find("pre") for section in all_of_it)
    made, _, _ = sections(md("## A"), figure("net = build()"), code("net.fit()", printed("done")))
    assert made.find("pre").text == "net = build()"


def test_imports_settings_skipped_cells_records_and_long_code_are_left_out():
    skipped = code("secret()", printed("hidden"), slideshow={"slide_type": "skip"})
    long = code("\n".join(f"x{n} = {n}" for n in range(40)), printed("its result"))
    one, two = sections(
        md("## A"),
        code("lecture = mlcourse.setup_notebook()", printed("ready")),
        code("import keras\nfrom mlcourse import (\n    models,\n)"),
        code("# settings\nscore = lecture.choose(full=9, quick=1)  # nine"),
        skipped,
        code("score = 1\nlecture.record('score',\n    score)\nprint(score)", printed("1")),
        md("Then:"),
        long,
    )
    assert said(one).split() == ["score", "=", "1", "print", "(", "score", ")", "1"]
    assert said(two) == "Then: its result"


def test_longer_code_is_torn_at_its_blank_lines_and_keeps_its_colours():
    body = "\n\n".join(f'"""Text {n}.\n\nMore {n}."""\nx = {n}\ny = {n}' for n in range(4))
    (section,) = sections(md("## A"), code(body))
    parts = section.find_all("pre")
    assert len(parts) == 2
    assert all(part.text.count("\n") < 16 for part in parts)
    assert "\n\n".join(part.text for part in parts) == body
    assert parts[1].find(class_="sd").text == 'More 2."""'


def test_code_without_blank_lines_is_torn_between_statements():
    call = "train(\n    net,\n    x,\n    y,\n)"
    (section,) = sections(md("## A"), code("\n".join([call] * 5)))
    assert [part.text.count(")") for part in section.find_all("pre")] == [3, 2]


def test_each_text_after_results_begins_a_slide_and_what_points_on_stays():
    cells = [md("## A\n\nSee:"), code("print(1)", printed("1")), md("Then."), code("f()")]
    first, second = sections(*cells)
    (group,) = first.find_all(class_="group")
    assert group.get_text(" ", strip=True).split()[0] == "See:"
    assert said(second).startswith("Then.")


def test_the_source_of_something_is_shown_in_full():
    source = "\n\n".join(f"def f{n}():\n    return {n}" for n in range(20))
    html = f'<div class="highlight"><pre>{source}</pre></div>'
    (section,) = sections(
        md("## A"), code("show(f)", shown({"text/html": html, "text/plain": source}))
    )
    assert "\n\n".join(pre.text for pre in section.find_all("pre")) == source


def test_figures_of_all_kinds_fill_slides_and_controls_keep_their_script():
    html = '<figure class="mlcourse-figure"><img src="data:,"><script>move()</script></figure>'
    drawn = [{"text/html": html}, {"image/svg+xml": "<svg></svg>"}, {"image/jpeg": "/9j/"}]
    found = sections(md("## A"), code("f()", *map(shown, drawn)))
    assert [one["class"] for one in found] == [["figure"]] * 3
    assert "<script>move()</script>" in str(found[0])


def test_a_live_component_has_a_slide_of_its_own_and_the_slides_one_script():
    live = shown({"text/html": "<mlcourse-playground><img src='data:,'></mlcourse-playground>"})
    cells = [md("# Title"), md("## A\n\nTry it."), code("play()", live), md("Now you know.")]
    html = slides.html(V4.new_notebook(cells=cells))
    found = BeautifulSoup(html, "html.parser")
    kinds = [section["class"] for section in found.find_all("section")]
    assert kinds == [["title"], ["live"], ["text"]]
    live = found.find("section", class_="live")
    assert live.find(class_="words").text.strip() == "Try it."
    assert live.find("mlcourse-playground").has_attr("compact")
    assert html.count("customElements.define(") == 1
    assert html.rstrip().endswith("</script>\n</body>\n</html>")


def test_printed_text_is_no_html_and_formulas_in_results_are_mathml():
    rule = shown({"text/markdown": "**rule**\n\n$$w$$", "text/plain": ""})
    (section,) = sections(
        md("## A"), code("print(1)", printed("a < b & <b>\x1b[1mc\x1b[0m")), code("r", rule)
    )
    assert section.find("pre", class_="result").text == "a < b & <b>c"
    assert section.find("math")


def test_bars_are_no_results_and_formulas_keep_their_punctuation():
    bar = "epoch 1: 100%|█████| 9/9 [00:01]\ndone\n"
    (section,) = sections(md("## A\n\nLet ($x$, $y$)."), code("print()", printed(bar)))
    assert [pre.text for pre in section.find_all("pre")] == ["print()", "done"]
    assert [one.text for one in section.find_all(class_="whole")] == ["(x,", "y)."]


def test_the_slides_ask_nothing_of_any_host():
    html = slides.html(V4.new_notebook(cells=[md("# T\n\n$x$"), figure()]))
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//|url\(|@import""", html)


def test_a_notebook_without_a_heading_or_anything_has_slides():
    assert "Slides" in slides.html(V4.new_notebook())
    assert "said" in slides.html(V4.new_notebook(cells=[md("said")]))


def test_a_lecture_is_written_as_slides(shelf, tmp_path, cache):
    shelf("short", SETUP, "md:## Part\n\nSaid.", REPORT)
    target = slides.write("short", out=tmp_path)
    assert target == tmp_path / "slides" / "short.html"
    html = target.read_text("utf-8")
    assert "<title>The short</title>" in html
    assert "accuracy" in html
    assert [path.name for path in target.parent.iterdir()] == ["short.html"]
    with pytest.raises(ValueError, match="short"):
        slides.write("unknown", out=tmp_path)


def notes_of(section):
    """Return the speaker notes of a slide."""
    return [one.get_text(" ", strip=True) for one in section.find_all("aside", class_="notes")]


def note(source):
    return V4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": "notes"}})


def test_notes_belong_to_the_slide_that_they_follow_and_are_not_on_it():
    cells = [note("Begin."), md("# Title\n\nSummary."), note("Greet $x$.\n\n## Then\n\nWait.")]
    cells += [md("## A\n\nSaid."), note("One."), note("Two."), md("## B\n\nMore.")]
    html = BeautifulSoup(slides.html(V4.new_notebook(cells=cells)), "html.parser")
    title, first, second = html.find_all("section")
    assert notes_of(title) == ["Begin. Greet x . Then Wait."]
    assert title.find("aside").find("h2").text == "Then"
    assert title.find("aside").find("math")
    assert [notes_of(first), notes_of(second)] == [["One. Two."], []]
    assert said(first) == "Said."


def test_notes_of_what_moves_to_a_figure_move_with_it():
    (slide,) = sections(md("## A"), note("Head."), md("It is short."), note("Text."), figure())
    assert slide["class"] == ["figure"]
    assert notes_of(slide) == ["Head. Text."]
    (slide,) = sections(figure(), note("Figure."), md("Short."), md("## End"), note("Last."))
    assert slide.find(class_="words").text.strip() == "Short."
    assert notes_of(slide) == ["Figure. Last."]


def test_notes_can_be_code_with_its_results():
    source = code("print(1 < 2)", printed("<b>True"), slideshow={"slide_type": "notes"})
    (slide,) = sections(md("## A\n\nSaid."), source, note(""))
    assert [pre.text for pre in slide.aside.find_all("pre")] == ["print(1 < 2)", "<b>True"]
    assert said(slide) == "Said."
