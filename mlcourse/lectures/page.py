"""Write an executed notebook as one HTML file without links to other hosts."""

import re

import nbformat
from latex2mathml.converter import convert

from mlcourse._core import files
from mlcourse._core.tables import html_text
from mlcourse.datasets import SYNTHETIC_NOTICE
from mlcourse.lectures.session import QUICK_NOTICE, QUICK_RUN

# No script of nbconvert's: formulas are MathML, and interactive figures bring their own.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>
body { max-width: 62rem; margin: auto; padding-bottom: 4em !important; }
.jp-RenderedHTMLCommon caption { caption-side: top; padding: 0.5em 0; text-align: left; }
.jp-RenderedHTMLCommon table { display: block; max-width: 100%; overflow-x: auto; }
.jp-RenderedHTMLCommon table:has(caption) :is(th, td):not(:first-child) { white-space: nowrap; }
.jp-InputPrompt, .jp-OutputPrompt { flex: 0 0 5.5em; width: 5.5em; overflow: visible; }
summary { cursor: pointer; padding: 0.3em; }
nav ul { columns: 20rem; padding-left: 1.5em; }
nav li.h3 { margin-left: 1.5em; }
a.top { position: fixed; right: 0.6em; bottom: 0.6em; padding: 0.4em 0.7em; border-radius: 0.4em;
  background: var(--jp-layout-color2); color: var(--jp-ui-font-color1); font-family: sans-serif; }
@media (max-width: 60rem) {
  .jp-InputPrompt, .jp-OutputPrompt { display: none; }
  .jp-Notebook, main { padding: 0.3em !important; }
}
@media (max-width: 30rem) {
  .jp-RenderedHTMLCommon table:has(caption) th:not(:first-child) { white-space: normal; }
  .jp-RenderedHTMLCommon :is(th, td) { padding: 0.4em 0.35em !important; }
}
@media print { a.top { display: none; } }
.synthetic { border: 3px solid #D55E00; padding: 0.5em 1em; font-weight: bold; }
.jp-RenderedMarkdown pre, .jp-RenderedHTML pre { font-family: monospace; }
math[display="block"] { margin: 0.8em 0; font-size: 1.15em; }
</style>{% endblock %}
{% block input %}
{%- if cell.metadata.folded %}<details><summary>Imports</summary>{{ super() }}</details>
{%- else %}{{ super() }}{% endif %}
{% endblock %}
{% block data_png scoped %}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">
<img src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"
{%- set width = output.metadata.get('image/png', {}).get('width') %}
{%- if width %} width="{{ width }}"{% endif %}
{%- if cell.metadata.alt %} alt="{{ cell.metadata.alt | escape_html }}"{% endif %}>
</div>
{% endblock %}"""

CODE = r"```.*?```|~~~.*?~~~|`[^`\n]*`|\\\$"  # also an escaped dollar sign
FORMULA = re.compile(
    CODE + r"|\$\$(?P<block>.+?)\$\$|\$(?=\S)(?P<inline>(?:(?!\n\n)[^$])+?)(?<=\S)\$(?!\d)",
    re.DOTALL,
)
VIEW = "application/vnd.jupyter.widget-view+json"
HEADING = re.compile(r'<h([23]) id="([^"]+)"[^>]*>(.*?)<a class="anchor-link"', re.DOTALL)
MAX_IMPORT_LINES = 8  # longer import cells are folded
CONTENTS = '<div id="table-of-contents"></div>'
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
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell(CONTENTS, id="contents"))
    for cell in notebook.cells:
        if has_many_imports(cell):
            cell.metadata["folded"] = True
    html, _ = HTMLExporter(raw_template=TEMPLATE).from_notebook_node(notebook)
    files.write_text(target, with_script(html.replace(CONTENTS, _contents(html), 1)))


def has_many_imports(cell):
    """Return whether a cell begins with more lines of imports than a reader wants to see."""
    is_import = cell.source.startswith(("import ", "from "))
    return is_import and cell.source.count("\n") > MAX_IMPORT_LINES


def _contents(html):
    """Return the table of contents of a page, and the link to its top."""
    items = [
        f'<li class="h{level}"><a href="#{anchor}">{text}</a></li>'
        for level, anchor, text in HEADING.findall(html)
    ]
    lines = "\n".join(items)
    nav = f"<nav><details open><summary>Contents</summary><ul>\n{lines}\n</ul></details></nav>"
    return f'{nav if items else ""}<a class="top" href="#">Top</a>'


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
    if facts.get("mode") == QUICK_RUN:
        text = f"{text}. {QUICK_NOTICE}"
    line = html_text(" ".join(text.split()))  # a blank line would end the paragraph
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
