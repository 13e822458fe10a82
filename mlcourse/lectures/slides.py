"""A lecture as slides: one HTML file, one idea on each slide."""

import ast
import re
from dataclasses import dataclass, field
from html import escape
from itertools import chain, pairwise
from pathlib import Path

from mlcourse._core import files
from mlcourse.lectures import catalog, page, runner, session

LINES = 16  # of code on a slide
LONGEST = 28  # lines; a cell with more of them is for the notebook alone
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
STATIC = Path(__file__).with_name("static")
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


SHORT = 350  # letters that go beside a picture
HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{style}
</style>
</head>
<body>
<main>
{slides}
</main>
<script>
{{
{script}
}}
</script>
</body>
</html>
"""
SLIDE = """<section class="{kind}" data-part="{part}">
<{level}>{title}</{level}>
<div class="body">
{body}
</div>{notes}
</section>"""
NOTES = """
<aside class="notes">
{notes}
</aside>"""


@dataclass
class Slide:
    """Pieces that belong together; the browser spreads them if they are too many.

    Attributes:
        kind: "title", "text" or "picture".
        title: the nearest heading, a Piece.
        part: the heading of the lecture's part, as text.
        groups: a list of lists of Pieces that are best not torn.
        picture: a Piece, or None.
        notes: what the speaker alone reads, a list of Pieces.
    """

    kind: str
    title: Piece
    part: str = ""
    groups: list = field(default_factory=list)
    picture: Piece | None = None
    notes: list = field(default_factory=list)

    @property
    def words(self):
        """The text of all groups."""
        return "".join(piece.words for group in self.groups for piece in group)

    def add(self, piece):
        """Puts a piece below the others: with the last one, if that points to it."""
        last = self.groups[-1][-1] if self.groups else None
        if last and (
            last.words.endswith((":", ",")) or (last.kind, piece.kind) == ("code", "result")
        ):
            self.groups[-1].append(piece)
        else:
            self.groups.append([piece])

    def html(self):
        """Returns the slide as a section of HTML."""
        groups = ["\n".join(piece.html for piece in group) for group in self.groups]
        body = "\n".join(f'<div class="group">{group}</div>' for group in groups)
        if self.picture:
            words = f'<div class="words">{body}</div>\n' if body else ""
            body = f'{words}<div class="frame">{self.picture.html}</div>'
        notes = "\n".join(note.html for note in self.notes)
        return SLIDE.format(
            kind=self.kind,
            part=escape(self.part),
            level="h1" if self.kind == "title" else "h2",
            title=self.title.html,
            body=body,
            notes=NOTES.format(notes=notes) if notes else "",
        )


def write(name, quick=True, data=None, out="build"):
    """Writes a lecture's slides, `<out>/slides/<name>.html`, and returns their path.

    Args:
        name, quick, data: as `lectures.run` takes them.
        out: a folder; the executed notebook is kept there too.

    Raises:
        ValueError, LectureFailed, KeyboardInterrupt: as `lectures.run`.
    """
    notebook = runner.executed(name, quick, data, out)
    target = Path(out) / "slides" / f"{catalog.find(name).name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(target, html(notebook))
    return target


def html(notebook):
    """Returns a notebook that has been run as slides, an HTML file that asks for no other one."""
    from pygments.formatters import HtmlFormatter

    slides = compose(pieces(page.static(notebook)))
    slides[0].groups += filter(None, [prose(page.banner(session.find(notebook)))])
    parts = "slides.css", "slides_layout.js", "slides_speaker.js", "slides.js"
    style, *scripts = ((STATIC / part).read_text("utf-8") for part in parts)
    return HTML.format(
        title=escape(slides[0].title.words),
        style=style + HtmlFormatter().get_style_defs("pre.code"),
        slides="\n".join(slide.html() for slide in slides),
        script="\n".join(scripts),
    )


def compose(found):
    """Returns a list of the Slides of Pieces: the title, then an idea each.

    An idea begins with a heading, with a picture, or with a text after code or results. With
    a picture goes what is short and stands before it, or else after it. Notes belong to the slide
    that they follow.
    """
    slides, title, part = [], Piece("h1", "Slides", "Slides"), ""
    early: list = []  # notes before the first slide
    for place, piece in enumerate(found):
        last = slides[-1] if slides else None
        if piece.kind == "notes":
            (last.notes if last else early).append(piece)
        elif piece.kind in HEADINGS:
            title, part = piece, piece.words if piece.kind == "h2" else part
            slides.append(Slide("text" if slides else "title", title, part))
        elif piece.kind == "picture":
            slides.append(Slide("picture", title, part, _taken(last), piece))
        elif _begins(piece, last, found[place:]):
            slides.append(Slide("text", title, part, [[piece]]))
        else:
            last.add(piece)
    slides = slides or [Slide("title", title)]
    slides[0].notes[:0] = early
    return _shown(slides)


def _shown(slides):
    """Return the slides that show something. Notes of the others go to the next slide."""
    shown, notes = [], []
    for slide in slides:
        slide.notes[:0] = notes
        notes = slide.notes
        if slide.groups or slide.picture or slide.kind == "title":
            shown.append(slide)
            notes = []
    shown[-1].notes += notes
    return shown


def _begins(piece, last, rest):
    """Returns whether a piece, the first of the rest, begins a slide of its own."""
    if last is None or last.kind == "title":
        return last is None or bool(last.groups) or piece.kind != "text"
    if last.kind == "text":
        return piece.first and any(one.kind != "text" for group in last.groups for one in group)
    if piece.kind == "result":
        return len(piece.words) > SHORT // 3
    leads_to = next((one.kind for one in rest if one.kind not in ("text", "notes")), "h2")
    return len(piece.words) > SHORT or bool(last.groups) or leads_to not in HEADINGS


def _taken(last):
    """Takes from a slide of text the last groups that are short enough for beside a picture."""
    groups, room = [], SHORT
    while last and last.kind == "text" and last.groups:
        words = "".join(piece.words for piece in last.groups[-1])
        if len(words) > room or any(piece.kind == "code" for piece in last.groups[-1]):
            break
        groups.insert(0, last.groups.pop())
        room -= len(words)
    return groups
