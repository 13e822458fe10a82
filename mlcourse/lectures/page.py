"""A notebook that has been run, as one HTML file that asks nothing of any other host."""

import re
from html import escape

import nbformat
from latex2mathml.converter import convert

from mlcourse._core import files
from mlcourse.datasets import SYNTHETIC_NOTICE

# The page needs no script: its formulas are MathML, and it holds no widgets.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>
body { max-width: 62rem; margin: auto; }
.jp-RenderedHTMLCommon caption { caption-side: top; padding: 0.5em 0; }
.jp-RenderedHTMLCommon caption { text-align: left; white-space: nowrap; }
.stand-in { border: 3px solid #D55E00; padding: 0.5em 1em; font-weight: bold; }
.jp-RenderedMarkdown pre, .jp-RenderedHTML pre { font-family: monospace; }
math[display="block"] { margin: 0.8em 0; font-size: 1.15em; }
</style>{% endblock %}
{% block data_png scoped %}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">
<img src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"
{%- if cell.metadata.alt %} alt="{{ cell.metadata.alt | escape_html }}"{% endif %}>
</div>
{% endblock %}"""

CODE = r"```.*?```|~~~.*?~~~|`[^`\n]*`|\\\$"  # and an escaped dollar
FORMULA = re.compile(
    CODE + r"|\$\$(?P<block>.+?)\$\$|\$(?=\S)(?P<inline>(?:(?!\n\n)[^$])+?)(?<=\S)\$(?!\d)",
    re.DOTALL,
)
VIEW = "application/vnd.jupyter.widget-view+json"
UNFINISHED = '<div class="stand-in">This run did not reach its end.</div>'


def write(notebook, title, banner, target):
    """Writes the page beside its name, then renames it.

    Args:
        notebook: a notebook that has been run.
        title: of the page.
        banner: what to say at its top, in Markdown.
        target: path of the page.
    """
    from nbconvert import HTMLExporter

    notebook = static(notebook)
    notebook.metadata["title"] = title
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(banner, id="banner"))
    html, _ = HTMLExporter(raw_template=TEMPLATE).from_notebook_node(notebook)
    files.write_text(target, html)


def static(notebook):
    """Returns a notebook that has been run as a page shows it: a copy without what needs a kernel.

    Formulas are MathML, of a bar its last state is left, and of a picture with controls the
    picture, whose text is in its cell's metadata as `alt`.
    """
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    bars = CoalesceStreamsPreprocessor()  # leaves of each its last state
    notebook, _ = bars.preprocess(nbformat.from_dict(notebook), {})
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        _keep_still(cell)
        if cell.cell_type == "markdown":
            cell.source = render_formulas(cell.source)
        if cell.cell_type == "code":  # a bar that went away has left blanks
            cell.outputs = [one for one in cell.outputs if one.get("text", "bar").strip()]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/markdown" in data:
                data["text/markdown"] = render_formulas(data["text/markdown"])
    return notebook


def _keep_still(cell):
    """Leaves of each output what needs no kernel: of a picture with controls, the picture."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        data.pop("application/javascript", None)
        if data.pop(VIEW, None) and "image/png" in data:
            cell.metadata.setdefault("alt", data.get("text/plain", ""))


def banner(facts):
    """Return the line at the top of a page: which run it is, on which data and device.

    It is a paragraph of HTML, which Markdown leaves alone: what the data say is text.

    Args:
        facts: of the lecture's report; empty if it has none.
    """
    words = " · ".join(facts[key] for key in ("mode", "data", "device") if key in facts)
    line = escape(" ".join(words.split()))  # a blank line would end the paragraph
    if facts.get("synthetic"):
        return f'<div class="stand-in">{SYNTHETIC_NOTICE}<br>{line}</div>'
    return f"<p><em>{line}</em></p>" if line else ""


def render_formulas(text):
    r"""Returns Markdown with its $formulas$ as MathML, which a browser shows without a script.

    Inline and fenced code and escaped dollars are left alone, and so is a formula that
    cannot be converted.

    >>> render_formulas("let $x$ be").partition("<mrow>")[2]
    '<mi>x</mi></mrow></math> be'
    """
    return FORMULA.sub(_mathml, text)


def _mathml(match):
    formula, display = match["block"] or match["inline"], "block" if match["block"] else "inline"
    if not formula:
        return match[0]
    try:
        return convert(formula.strip(), display=display)
    except Exception:  # latex2mathml has errors of many kinds; the source is readable too
        return match[0]
