"""A lecture as slides: one HTML file, one idea a slide, legible from the last row.

What belongs together is settled here, by what the notebook says. What fits on a slide is settled
by a script beside this module, which measures it in the browser.
"""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from mlcourse import files
from mlcourse.lectures import index, kept, page, report
from mlcourse.lectures.slide_pieces import HEADINGS, Piece, pieces, prose

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
    notebook = kept.executed(name, quick, data, out)
    target = Path(out) / "slides" / f"{index.find(name).name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(target, html(notebook))
    return target


def html(notebook):
    """Returns a notebook that has been run as slides, an HTML file that asks for no other one."""
    from pygments.formatters import HtmlFormatter

    slides = compose(pieces(page.static(notebook)))
    slides[0].groups += filter(None, [prose(page.banner(report.find(notebook)))])
    parts = "slides.css", "slides_layout.js", "slides_speaker.js", "slides.js"
    style, *scripts = (Path(__file__).with_name(part).read_text("utf-8") for part in parts)
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
