import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from mlcourse.datasets import SYNTHETIC_NOTICE
from mlcourse.lectures import page

V4 = nbformat.v4


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a $x$ and $y^2$", 2),
        ("$$\nx = 1\n$$", 1),
        ("`$HOME`, and a price of 5$", 0),
        ("`print('$x$')` but $x$", 1),
        ("```python\nprint('$x$ and $y$')\n```\nbut $x$", 1),
        ("~~~\n$x$\n~~~", 0),
        (r"from \$5 to \$6", 0),
        ("from 5$ to 6$", 0),
        ("a formula $x +\ny$ of two lines", 1),
        (r"$\frac{$ is no formula", 0),
        ("$ $", 0),
        ("nothing", 0),
    ],
)
def test_formulas_become_mathml_and_code_is_left_alone(text, formulas):
    assert page.render_formulas(text).count("<math") == formulas


def test_a_page_has_the_last_state_of_a_bar(tmp_path):
    cell = V4.new_code_cell("train()")
    texts = "epoch 1", "\repoch 2", "\r       \r", "epoch 3\n"
    cell.outputs = [V4.new_output("stream", name="stdout", text=text) for text in texts]
    page.write(V4.new_notebook(cells=[cell]), "Title", "", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    assert "epoch 3" in html
    assert "epoch 1" not in html
    assert "epoch 2" not in html


def test_a_bar_that_went_away_leaves_nothing(tmp_path):
    cell = V4.new_code_cell("sweep()")
    texts = "50%", "\r100%", "\r    \r"
    cell.outputs = [V4.new_output("stream", name="stderr", text=text) for text in texts]
    page.write(V4.new_notebook(cells=[cell]), "Title", "", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    assert "100%" not in html.partition("<body")[2]
    assert 'class="output_subarea' not in html
    assert "stderr" not in html.partition("<body")[2]


def test_a_page_has_one_script_for_its_live_components(tmp_path):
    tag = "<mlcourse-playground><p>It needs JavaScript.</p></mlcourse-playground>"
    cell = V4.new_code_cell("play()")
    cell.outputs = [V4.new_output("display_data", {"text/html": tag}) for _ in range(2)]
    page.write(V4.new_notebook(cells=[cell]), "Title", "", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    assert html.count(tag) == 2
    assert html.count("customElements.define(") == 1
    assert html.rstrip().endswith("</script>\n</body>\n</html>")


def test_a_page_asks_nothing_of_any_host(tmp_path):
    cells = [V4.new_markdown_cell("# Title\n\nLet $x_1$ be."), V4.new_code_cell("1 + 1")]
    page.write(V4.new_notebook(cells=cells), "Title", "Banner", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    assert "<title>Title</title>" in html
    assert "<msub>" in html
    assert "Banner" in html
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", html)
    assert "<script" not in html
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_has_its_contents_folded_imports_and_a_way_to_the_top(tmp_path):
    imports = "\n".join(f"import module_{number}" for number in range(12))
    cells = [
        V4.new_markdown_cell("# Title\n\n## First\n\n### Of the first: $x$"),
        V4.new_code_cell(imports),
        V4.new_code_cell("import os"),
        V4.new_markdown_cell("## Second"),
    ]
    page.write(V4.new_notebook(cells=cells), "Title", "Banner", tmp_path / "page.html")
    soup = BeautifulSoup((tmp_path / "page.html").read_text("utf-8"), "html.parser")
    links = soup.select("nav li a")
    assert [link.get_text()[:12] for link in links] == ["First", "Of the first", "Second"]
    for link in links:
        assert soup.find(id=link["href"].removeprefix("#")).name in ("h2", "h3")
    (folded,) = [tag for tag in soup.find_all("details") if tag.find_parent("nav") is None]
    assert "module_11" in folded.get_text()
    assert folded.summary.get_text() == "Imports"
    assert "open" not in folded.attrs
    assert soup.select_one("a.top")["href"] == "#"


def test_a_formula_that_cannot_be_read_stays_as_it_is():
    text = r"$$\left( x$$ and $y$"
    rendered = page.render_formulas(text)
    assert rendered.endswith("</math>")
    assert "y" in rendered


def test_the_banner_says_which_run_and_which_data():
    facts = {"mode": "quick run", "data": "MNIST (real)", "device": "CPU", "synthetic": False}
    quick = "<p><em>quick run · MNIST (real) · CPU. A quick run uses few images and epochs: "
    assert page.banner(facts).startswith(quick)
    full = page.banner({**facts, "mode": "full run"})
    assert full == "<p><em>full run · MNIST (real) · CPU</em></p>"
    assert SYNTHETIC_NOTICE in page.banner({**facts, "synthetic": True})
    assert page.banner({}) == ""


def test_images_have_their_alternative_text_and_results_their_formulas(tmp_path):
    image = V4.new_output("display_data", {"image/png": "iVBORw0KGgo="})
    rule = V4.new_output("execute_result", {"text/markdown": "$$w$$", "text/plain": "<rule>"})
    drawn = V4.new_code_cell("draw()", outputs=[image], metadata={"alt": 'A "curve" & more.'})
    notebook = V4.new_notebook(
        cells=[V4.new_markdown_cell("# A"), drawn, V4.new_code_cell("rule", outputs=[rule])]
    )
    page.write(notebook, "A", "", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    (tag,) = BeautifulSoup(html, "html.parser").find_all("img")
    assert tag["alt"] == 'A "curve" & more.'
    assert "<math" in html and "$$" not in html


def test_an_interactive_figure_is_a_static_image(tmp_path):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2}}
    still = {"image/png": "iVBORw0KGgo=", "text/plain": "A network. layers 2"}
    outputs = [
        V4.new_output("execute_result", {**view, **still}),
        V4.new_output("display_data", {**view, "text/plain": "A slider"}),
        V4.new_output("display_data", {"application/javascript": "alert()", "text/plain": "news"}),
    ]
    cells = [V4.new_markdown_cell("# A"), V4.new_code_cell("show()", outputs=outputs)]
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}
    notebook = V4.new_notebook(cells=cells, metadata={"widgets": state})
    page.write(notebook, "A", "", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    (image,) = BeautifulSoup(html, "html.parser").find_all("img")
    assert image["src"] == "data:image/png;base64,iVBORw0KGgo="
    assert image["alt"] == "A network. layers 2"
    assert "A slider" in html
    assert "<script" not in html
    assert "widget-view" not in html
    assert "alert()" not in html
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", html)
    assert page.VIEW in outputs[0].data  # the argument is not changed
