"""Split an executed notebook into the blocks of content that slides are made of."""

import ast
import re
from dataclasses import dataclass
from itertools import chain, pairwise

from mlcourse._core.tables import html_text

MAX_CODE_LINES = 16  # per block of code
MAX_CELL_LINES = 28  # longer cells are omitted
MIME_TYPES = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/plain",
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
FORMULA = re.compile(r"""\(?<math [^>]*display="inline".*?</math>[,.;:!?)]*""", re.DOTALL)
IMAGE_TAGS = ("<img", "<svg", "<canvas", "<video")
RESULT = '<div class="result">'
LIVE_TAG = re.compile(r"<mlcourse-[a-z-]+")


@dataclass(frozen=True)
class Block:
    """A block of content: a heading, a paragraph, a list, code, an output, or a figure.

    Attributes:
        kind: "h1" to "h6", "text", "code", "result", "figure", "live", "pause" or "notes".
        html: HTML of the block; of a heading, without its tag.
        text: plain text, without that of figures.
        first: whether it is the first block of a Markdown cell.
    """

    kind: str
    html: str
    text: str = ""
    first: bool = False


def blocks(notebook):
    """Return the blocks of an executed notebook, as `page.static` returns it.

    Imports, the set-up, cells of slide type "skip" and long cells are omitted. So is the code of a
    cell that displays a figure, a table or formulas, unless a later cell uses its variables. A cell
    of slide type "notes" is one block, and so is a Markdown cell with a folded answer, a "pause".
    """
    found = []
    needed = set()  # names that the cells below use
    for cell in reversed(notebook.cells):
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type == "skip":
            continue
        if slide_type == "notes":
            found = [_single_block("notes", cell), *found]
        elif cell.cell_type == "markdown" and "<details" in cell.source:
            found = [_single_block("pause", cell), *found]
        elif cell.cell_type == "markdown":
            found = [*markdown_blocks(cell.source), *found]
        elif cell.cell_type == "code" and "setup_notebook" not in cell.source:
            defined, used = _names(cell.source)
            found = [*_cell_blocks(cell, is_needed=bool(defined & needed)), *found]
            needed = (needed - defined) | (used - defined)
    return found


def _cell_blocks(cell, is_needed):
    """Return the blocks of a code cell: its code, unless it only displays something, and outputs.

    Args:
        cell: executed code cell.
        is_needed: whether a later cell uses its variables.
    """
    outputs = [_output_blocks(output, cell.metadata.get("alt")) for output in cell.outputs]
    displays = any(output.output_type != "stream" for output in cell.outputs)
    is_short = cell.source.count("\n") < MAX_CELL_LINES
    code = []
    if is_short and (is_needed or not displays):
        code = _code_blocks(_without_bookkeeping(cell.source))
    return [*code, *_with_joined_lines(chain(*outputs))]


def _with_joined_lines(found):
    """Return blocks with those of successive lines as one: Keras's summary has an output for each.

    Args:
        found: blocks of the outputs of a cell.
    """
    lines = f"{RESULT}<pre"
    joined: list = []
    for block in found:
        if joined and joined[-1].html.startswith(lines) and block.html.startswith(lines):
            html = joined[-1].html.removesuffix("</div>") + block.html.removeprefix(RESULT)
            joined[-1] = Block("result", html, joined[-1].text + block.text)
        else:
            joined.append(block)
    return joined


def markdown_blocks(source):
    """Return the headings, paragraphs, lists and tables of Markdown whose formulas are MathML."""
    import mistune
    from bs4 import BeautifulSoup

    markdown = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
    html = FORMULA.sub(r'<span class="whole">\g<0></span>', markdown(source))
    tags = BeautifulSoup(html, "html.parser").contents
    tags = [tag for tag in tags if str(tag).strip()]
    return [_tag_block(tag, first=index == 0) for index, tag in enumerate(tags)]


def _single_block(kind, cell):
    """Return a cell as one block of this kind."""
    if cell.cell_type == "code":
        parts = [*_code_blocks(cell.source), *chain(*map(_output_blocks, cell.outputs))]
    else:
        parts = markdown_blocks(cell.source)
    html = [
        f"<{part.kind}>{part.html}</{part.kind}>" if part.kind in HEADINGS else part.html
        for part in parts
    ]
    return Block(kind, "\n".join(html))


def _tag_block(tag, first):
    """Return a tag of BeautifulSoup as a block."""
    text = tag.get_text().strip()
    if tag.name in HEADINGS:
        return Block(tag.name, tag.decode_contents(), text, first)
    is_figure = tag.name and tag.find(["img", "svg"]) and not text
    html = str(tag) if tag.name else f"<p>{tag}</p>"
    if tag.name == "pre":
        html = _preformatted(text.split("\n"), _highlight(text).split("\n"), "code").html
    return Block("figure" if is_figure else "text", html, text, first)


def _code_blocks(source):
    """Return code as blocks of at most `MAX_CODE_LINES` lines.

    Code is split at blank lines, or else between statements.
    """
    lines = source.split("\n")
    highlighted = _highlight(source).split("\n")
    starts = [0]
    blank = 0  # index of the last blank line
    statement = 0  # index of the first line of the last statement
    for index, line in enumerate([*lines, ""]):
        if line and not line[0].isidentifier():
            continue
        if index - starts[-1] > MAX_CODE_LINES and max(blank, statement) > starts[-1]:
            starts.append(blank if blank > starts[-1] else statement)
        if line:
            statement = index
        else:
            blank = index
    parts = [slice(start, end) for start, end in pairwise([*starts, len(lines)])]
    return [
        _preformatted(lines[part], highlighted[part], "code") for part in parts if any(lines[part])
    ]


def _without_bookkeeping(source):
    """Return code without calls of `lecture` and layout of figures.

    Return "" for code with imports, and for the settings of a lecture.
    """
    lines = source.splitlines()
    statements = _parse(source).body
    if any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in statements):
        return ""
    settings = ["= lecture.choose(" in ast.unparse(statement) for statement in statements]
    if settings and all(settings):
        return ""
    for statement in reversed(statements):
        if ast.unparse(statement).startswith("lecture."):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n\n".join(part for part in "\n".join(lines).split("\n\n") if "plt." not in part)


def _highlight(source):
    """Return Python code as HTML with syntax highlighting, with the same lines."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))


def _preformatted(lines, html_lines, kind):
    """Return lines of code or printed text as a block.

    Args:
        lines: plain lines.
        html_lines: the same lines as HTML.
        kind: "code" or "result".
    """
    width = max(map(len, lines))
    html = "\n".join(html_lines).strip("\n")
    pre = f'<pre class="{kind}" style="--letters: {width}">{html}</pre>'
    return Block(kind, pre, "\n".join(lines).strip("\n"))


def _output_blocks(output, alt=None):
    """Return the blocks of an output, none if it is empty.

    Args:
        output: output of a cell.
        alt: alternative text of an image. Default: the output's plain text.
    """
    from nbconvert.filters import strip_ansi

    lines = strip_ansi(output.get("text", "")).split("\n")
    printed = "\n".join(line for line in lines if "%|" not in line)  # without progress bars
    data = output.get("data", {"text/plain": printed})
    mime_type = next((name for name in MIME_TYPES if data.get(name, "").strip()), None)
    if mime_type is None:
        return []
    content = data[mime_type].strip("\n")
    if mime_type == "text/plain":
        return [_preformatted(content.split("\n"), html_text(content).split("\n"), "result")]
    if 'class="highlight"' in content and "text/plain" in data:
        return _code_blocks(data["text/plain"])
    if mime_type == "text/markdown":
        content = "".join(block.html for block in markdown_blocks(content))
    if mime_type in ("image/png", "image/jpeg"):
        url = f"data:{mime_type};base64,{content}"
        content = f'<img src="{url}" alt="{html_text(alt or data.get("text/plain", ""))}">'
    if LIVE_TAG.match(content):
        return [Block("live", LIVE_TAG.sub(r"\g<0> compact", content, count=1))]
    if any(tag in content for tag in IMAGE_TAGS) and "<table" not in content:
        return [Block("figure", content)]
    return [Block("result", f"{RESULT}{content}</div>", content)]


def _names(source):
    """Return the names that code defines, and the names that it uses."""
    tree = _parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    defined = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    defined |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return defined, used


def _parse(source):
    """Return the syntax tree of code, an empty one for IPython's syntax."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])
