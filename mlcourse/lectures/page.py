"""A notebook that has been run, as one HTML file that asks nothing of any other host."""

import re

import nbformat
from latex2mathml.converter import convert

# The page needs no script: its formulas are MathML, and it holds no widgets.
TEMPLATE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block html_head_css %}<style>
body { max-width: 62rem; margin: auto; }
.jp-RenderedHTMLCommon caption { caption-side: top; padding: 0.5em; }
.stand-in { border: 3px solid #D55E00; padding: 0.5em 1em; font-weight: bold; }
math[display="block"] { margin: 0.8em 0; font-size: 1.15em; }
</style>{% endblock %}"""

FORMULA = re.compile(r"`[^`\n]*`|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$", re.DOTALL)


def write(notebook, title, facts, target):
    """Writes the page beside its name, then renames it.

    Args:
        notebook: a notebook that has been run.
        title: of the page.
        facts: of the lecture's report; empty if it did not get that far.
        target: path of the page.
    """
    from nbconvert import HTMLExporter

    notebook = nbformat.from_dict(notebook)
    notebook.metadata["title"] = title
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(_banner(facts)))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = render_formulas(cell.source)
    html, _ = HTMLExporter(raw_template=TEMPLATE).from_notebook_node(notebook)
    part = target.with_name(f".{target.name}.part")
    part.write_text(html, encoding="utf-8")
    part.replace(target)


def _banner(facts):
    if not facts:
        return '<div class="stand-in">This run did not reach its end.</div>'
    line = f"{facts['mode']} · {facts['data']} · {facts['device']}"
    if facts["stand_in"]:
        return (
            f'<div class="stand-in">Made from stand-in data: generated pictures, not the real '
            f"ones. Do not report these figures.<br>{line}</div>"
        )
    return f"*{line}*"


def render_formulas(text):
    r"""Returns Markdown with its $formulas$ as MathML, which a browser shows without a script.

    >>> render_formulas("let $x$ be").partition("<mrow>")[2]
    '<mi>x</mi></mrow></math> be'
    """

    def mathml(match):
        if match["block"]:
            return convert(match["block"].strip(), display="block")
        return convert(match["inline"]) if match["inline"] else match[0]

    return FORMULA.sub(mathml, text)
