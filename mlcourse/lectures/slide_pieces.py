"""What a notebook says, in pieces that slides are made of."""

import ast
import re
from dataclasses import dataclass
from html import escape
from itertools import chain, pairwise

LINES = 16  # of code on a slide
LONGEST = 28  # lines; a cell with more of them is for the notebook alone
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
FORMULA = re.compile(r"""\(?<math [^>]*display="inline".*?</math>[,.;:!?)]*""", re.DOTALL)
PICTURES = ("<img", "<svg", "<canvas", "<video")


@dataclass(frozen=True)
class Piece:
    """A paragraph, a list, some code, a result, a picture.

    Attributes:
        kind: "h1" to "h6", "text", "code", "result", "picture" or "notes".
        html: as a browser shows it; of a heading, what is in it.
        words: as text; that of pictures is not counted.
        first: whether a cell of text begins with it.
    """

    kind: str
    html: str
    words: str = ""
    first: bool = False


def pieces(notebook):
    """Return a list of the Pieces of a notebook as `page.static` returns it.

    Left out are imports, the set-up, cells whose slide type is "skip", long code, and code that
    is only there to show something: its cell has a picture, a table or formulas, and makes
    nothing that a later cell works with. A cell whose slide type is "notes" is one Piece.
    """
    found, needed = [], set()
    for cell in reversed(notebook.cells):
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type == "skip":
            continue
        if slide_type == "notes":
            found = [_notes(cell), *found]
        elif cell.cell_type == "markdown":
            found = [*prose(cell.source), *found]
        elif cell.cell_type == "code" and "setup_notebook" not in cell.source:
            made, used = _names(cell.source)
            results = [_results(output, cell.metadata.get("alt")) for output in cell.outputs]
            shows = any(output.output_type != "stream" for output in cell.outputs)
            worth = (made & needed or not shows) and cell.source.count("\n") < LONGEST
            code = _code(_worth(cell.source)) if worth else []
            needed = (needed - made) | (used - made)
            found = [*code, *chain(*results), *found]
    return found


def prose(source):
    """Returns the headings, paragraphs, lists and tables of Markdown, whose formulas are MathML."""
    import mistune
    from bs4 import BeautifulSoup

    markdown = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
    html = FORMULA.sub(r'<span class="whole">\g<0></span>', markdown(source))
    parts = BeautifulSoup(html, "html.parser").contents
    parts = [part for part in parts if str(part).strip()]
    return [_part(part, first=not place) for place, part in enumerate(parts)]


def _notes(cell):
    """Return what a cell says as one Piece, for the speaker."""
    if cell.cell_type == "code":
        parts = [*_code(cell.source), *chain(*map(_results, cell.outputs))]
    else:
        parts = prose(cell.source)
    html = [
        f"<{part.kind}>{part.html}</{part.kind}>" if part.kind in HEADINGS else part.html
        for part in parts
    ]
    return Piece("notes", "\n".join(html))


def _part(part, first):
    words = part.get_text().strip()
    if part.name in HEADINGS:
        return Piece(part.name, part.decode_contents(), words, first)
    pictured = part.name and part.find(["img", "svg"]) and not words
    html = str(part) if part.name else f"<p>{part}</p>"
    if part.name == "pre":
        html = _lines(words.split("\n"), _coloured(words).split("\n"), "code").html
    return Piece("picture" if pictured else "text", html, words, first)


def _code(source):
    """Returns code as Pieces of at most `LINES` lines, torn at blank ones or between statements."""
    lines, coloured = source.split("\n"), _coloured(source).split("\n")
    starts, blank, statement = [0], 0, 0
    for place, line in enumerate([*lines, ""]):
        if line and not line[0].isidentifier():
            continue
        if place - starts[-1] > LINES and max(blank, statement) > starts[-1]:
            starts.append(blank if blank > starts[-1] else statement)
        blank, statement = (blank, place) if line else (place, statement)
    parts = [slice(start, end) for start, end in pairwise([*starts, len(lines)])]
    return [_lines(lines[part], coloured[part], "code") for part in parts if any(lines[part])]


def _worth(source):
    """Returns code without the lecture's records and the layout of figures; of imports, nothing."""
    lines, statements = source.splitlines(), _tree(source).body
    if any(isinstance(one, ast.Import | ast.ImportFrom) for one in statements):
        return ""
    for statement in reversed(statements):
        if ast.unparse(statement).startswith("lecture."):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n\n".join(block for block in "\n".join(lines).split("\n\n") if "plt." not in block)


def _coloured(source):
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))


def _lines(lines, html, kind):
    """Returns lines that keep their shape as a Piece: code, or what has been printed."""
    letters, text = max(map(len, lines)), "\n".join(html).strip("\n")
    pre = f'<pre class="{kind}" style="--letters: {letters}">{text}</pre>'
    return Piece(kind, pre, "\n".join(lines).strip("\n"))


def _results(output, alt=None):
    """Returns an output as Pieces: none, if there is nothing to see."""
    from nbconvert.filters import strip_ansi

    lines = strip_ansi(output.get("text", "")).split("\n")
    printed = "\n".join(line for line in lines if "%|" not in line)  # no bars
    data = output.get("data", {"text/plain": printed})
    kind = next((kind for kind in SHOWN if data.get(kind, "").strip()), None)
    content = data.get(kind, "").strip("\n")
    if kind is None:
        return []
    if kind == "text/plain":
        return [_lines(content.split("\n"), escape(content).split("\n"), "result")]
    if 'class="highlight"' in content and "text/plain" in data:
        return _code(data["text/plain"])
    if kind == "text/markdown":
        content = "".join(piece.html for piece in prose(content))
    if kind in ("image/png", "image/jpeg"):
        address = f"data:{kind};base64,{content}"
        content = f'<img src="{address}" alt="{escape(alt or data.get("text/plain", ""))}">'
    if any(picture in content for picture in PICTURES):
        return [Piece("picture", content)]
    return [Piece("result", f'<div class="result">{content}</div>', content)]


def _names(source):
    """Returns the names that code makes, and those that it uses."""
    tree = _tree(source)
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in named if isinstance(node.ctx, ast.Store)}
    made |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return made, {node.id for node in named if isinstance(node.ctx, ast.Load)}


def _tree(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # what IPython alone understands
        return ast.Module([], [])
