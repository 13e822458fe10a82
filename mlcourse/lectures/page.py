"""Write an executed notebook as one HTML file without links to other hosts."""

import re
from html import escape

import nbformat
from latex2mathml.converter import convert

from mlcourse._core import files
from mlcourse.datasets import SYNTHETIC_NOTICE

# No script of nbconvert's: formulas are MathML, and interactive figures bring their own.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>
body { max-width: 62rem; margin: auto; }
.jp-RenderedHTMLCommon caption { caption-side: top; padding: 0.5em 0; }
.jp-RenderedHTMLCommon caption { text-align: left; white-space: nowrap; }
.synthetic { border: 3px solid #D55E00; padding: 0.5em 1em; font-weight: bold; }
.jp-RenderedMarkdown pre, .jp-RenderedHTML pre { font-family: monospace; }
math[display="block"] { margin: 0.8em 0; font-size: 1.15em; }
</style>{% endblock %}
{% block data_png scoped %}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">
<img src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"
{%- if cell.metadata.alt %} alt="{{ cell.metadata.alt | escape_html }}"{% endif %}>
</div>
{% endblock %}"""

CODE = r"```.*?```|~~~.*?~~~|`[^`\n]*`|\\\$"  # also an escaped dollar sign
FORMULA = re.compile(
    CODE + r"|\$\$(?P<block>.+?)\$\$|\$(?=\S)(?P<inline>(?:(?!\n\n)[^$])+?)(?<=\S)\$(?!\d)",
    re.DOTALL,
)
VIEW = "application/vnd.jupyter.widget-view+json"
UNFINISHED = '<div class="synthetic">This run did not reach its end.</div>'


def write(notebook, title, banner, target):
    """Write an executed notebook as an HTML page, atomically.

    Args:
        notebook: executed notebook.
        title: title of the page.
        banner: Markdown shown below the title.
        target: path of the page.
    """
    from nbconvert import HTMLExporter

    from mlcourse.interactive.bundle import with_script

    notebook = static(notebook)
    notebook.metadata["title"] = title
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(banner, id="banner"))
    html, _ = HTMLExporter(raw_template=TEMPLATE).from_notebook_node(notebook)
    files.write_text(target, with_script(html))


def static(notebook):
    """Return a copy of an executed notebook without anything that needs a kernel.

    Formulas become MathML, progress bars their last state, and interactive figures images. An
    interactive figure's text becomes `alt` in the metadata of its cell.
    """
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    coalesce = CoalesceStreamsPreprocessor()  # reduces a progress bar to its last state
    notebook, _ = coalesce.preprocess(nbformat.from_dict(notebook), {})
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        _remove_widgets(cell)
        if cell.cell_type == "markdown":
            cell.source = render_formulas(cell.source)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_blank(output)]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/markdown" in data:
                data["text/markdown"] = render_formulas(data["text/markdown"])
    return notebook


def _is_blank(output):
    """Return whether an output is printed whitespace, as a closed progress bar leaves it."""
    return "text" in output and not output["text"].strip()


def _remove_widgets(cell):
    """Remove scripts from the outputs, and widgets that also have a PNG image."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        data.pop("application/javascript", None)
        if data.pop(VIEW, None) and "image/png" in data:
            cell.metadata.setdefault("alt", data.get("text/plain", ""))


def banner(facts):
    """Return the line at the top of a page: mode, data and device of the run.

    It is a paragraph of HTML, with the facts escaped: Markdown does not change it.

    Args:
        facts: facts of the lecture's report; empty if there is none.
    """
    text = " · ".join(facts[key] for key in ("mode", "data", "device") if key in facts)
    line = escape(" ".join(text.split()))  # a blank line would end the paragraph
    if facts.get("synthetic"):
        return f'<div class="synthetic">{SYNTHETIC_NOTICE}<br>{line}</div>'
    return f"<p><em>{line}</em></p>" if line else ""


def render_formulas(text):
    r"""Return Markdown with its $formulas$ as MathML, which browsers show without a script.

    Inline code, fenced code, escaped dollar signs and formulas with errors are not changed.

    >>> render_formulas("let $x$ be").partition("<mrow>")[2]
    '<mi>x</mi></mrow></math> be'
    """
    return FORMULA.sub(_mathml, text)


def _mathml(match):
    """Return the MathML of a match of `FORMULA`, or its text if it is code or has errors."""
    formula = match["block"] or match["inline"]
    if not formula:
        return match[0]
    display = "block" if match["block"] else "inline"
    try:
        return convert(formula.strip(), display=display)
    except Exception:  # latex2mathml raises errors of many types
        return match[0]
