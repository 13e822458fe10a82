"""Write a lecture as slides: one HTML file, one idea per slide."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from mlcourse._core import files
from mlcourse._core.tables import html_text
from mlcourse.lectures import catalog, page, runner, session
from mlcourse.lectures.slide_blocks import HEADINGS, Block, blocks, markdown_blocks

STATIC = Path(__file__).with_name("static")
MAX_CAPTION = 350  # characters of text on the slide of a figure
MAX_TASK = 160  # characters of text on the slide of a live component or a question
BOLD_PARAGRAPH = re.compile(r"<p><strong>[^<]*</strong></p>")
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
    """Blocks that belong together. In the browser a script splits it if they do not fit.

    Attributes:
        kind: "title", "text", "figure"; or "live", a live component, or "pause", a question with a
            folded answer, with a slide of its own.
        title: the last heading, a `Block`.
        part: heading of the part of the lecture, as text.
        groups: lists of blocks that should stay together.
        figure: a `Block`, or None.
        notes: speaker notes, a list of blocks.
    """

    kind: str
    title: Block
    part: str = ""
    groups: list = field(default_factory=list)
    figure: Block | None = None
    notes: list = field(default_factory=list)

    def add(self, block):
        """Append a block, to the last group if this one introduces it, else as a new group."""
        last = self.groups[-1][-1] if self.groups else None
        if last is not None and _introduces(last, block):
            self.groups[-1].append(block)
        else:
            self.groups.append([block])

    def html(self):
        """Return the slide as an HTML section."""
        groups = ["\n".join(block.html for block in group) for group in self.groups]
        body = "\n".join(f'<div class="group">{group}</div>' for group in groups)
        if self.figure:
            text = f'<div class="words">{body}</div>\n' if body else ""
            body = f'{text}<div class="frame">{self.figure.html}</div>'
        notes = "\n".join(note.html for note in self.notes)
        return SLIDE.format(
            kind=self.kind,
            part=html_text(self.part),
            level="h1" if self.kind == "title" else "h2",
            title=self.title.html,
            body=body,
            notes=NOTES.format(notes=notes) if notes else "",
        )


def _introduces(block, following):
    """Return whether a block belongs to the following one.

    "For example:" does, a paragraph in bold, and code before its result.
    """
    if block.text.endswith((":", ",")) or BOLD_PARAGRAPH.fullmatch(block.html.strip()):
        return True
    return block.kind == "code" and following.kind == "result"


def write(name, quick=True, data=None, out="build"):
    """Write a lecture's slides, `<out>/slides/<name>.html`, and return their path.

    Args:
        name, quick, data: as in `lectures.run`.
        out: a folder, also of the cached notebook.

    Raises:
        ValueError, LectureFailed, KeyboardInterrupt: as in `lectures.run`.
    """
    notebook = runner.execute_cached(name, quick, data, out)
    target = Path(out) / "slides" / f"{catalog.find(name).name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(target, html(notebook))
    return target


def html(notebook):
    """Return an executed notebook as slides: HTML without links to other files or hosts."""
    from pygments.formatters import HtmlFormatter

    from mlcourse.interactive.bundle import with_script

    slides = compose(blocks(page.static(notebook)))
    banner = markdown_blocks(page.banner(session.read_report(notebook)))
    if banner:
        slides[0].groups.append(banner)
    style = (STATIC / "slides.css").read_text("utf-8")
    scripts = "slides_layout.js", "slides_speaker.js", "slides.js"
    page_html = HTML.format(
        title=html_text(slides[0].title.text),
        style=style + HtmlFormatter().get_style_defs("pre.code"),
        slides="\n".join(slide.html() for slide in slides),
        script="\n".join((STATIC / script).read_text("utf-8") for script in scripts),
    )
    return with_script(page_html)


def compose(found):
    """Arrange blocks on slides: a title slide, then one idea per slide.

    A slide starts at a heading, at a figure, and at text after code or outputs. Short text before
    a figure, or else after it, is on the figure's slide, and two lines of text are on that of a
    live component or a question. Notes belong to the slide before them.

    Args:
        found: blocks of a notebook.

    Returns:
        A list of `Slide`.
    """
    slides = []
    title = Block("h1", "Slides", "Slides")
    part = ""
    first_notes: list = []  # before the first slide
    for index, block in enumerate(found):
        last = slides[-1] if slides else None
        if block.kind == "notes":
            notes = last.notes if last else first_notes
            notes.append(block)
        elif block.kind in HEADINGS:
            title = block
            part = block.text if block.kind == "h2" else part
            slides.append(Slide("text" if slides else "title", title, part))
        elif block.kind == "figure":
            slides.append(Slide("figure", title, part, _pop_caption(last, MAX_CAPTION), block))
        elif block.kind == "live":
            slides.append(Slide("live", title, part, _pop_caption(last, MAX_TASK), block))
        elif block.kind == "pause":
            groups = [*_pop_caption(last, MAX_TASK), [block]]
            slides.append(Slide("pause", title, part, groups))
        elif _starts_slide(block, last, found[index:]):
            slides.append(Slide("text", title, part, [[block]]))
        else:
            last.add(block)
    slides = slides or [Slide("title", title)]
    slides[0].notes[:0] = first_notes
    return _without_empty_slides(slides)


def _without_empty_slides(slides):
    """Return the slides that have content. Notes of the others move to the next slide."""
    nonempty = []
    notes = []
    for slide in slides:
        slide.notes[:0] = notes
        notes = slide.notes
        if slide.groups or slide.figure or slide.kind == "title":
            nonempty.append(slide)
            notes = []
    nonempty[-1].notes += notes
    return nonempty


def _starts_slide(block, last, rest):
    """Return whether a block starts a new slide.

    Args:
        block: a block of text, code or output.
        last: the last slide, or None.
        rest: the block and those after it.
    """
    if last is None or last.kind == "title":
        return last is None or bool(last.groups) or block.kind != "text"
    if last.kind in ("live", "pause"):
        return True
    if last.kind == "text":
        return block.first and any(other.kind != "text" for group in last.groups for other in group)
    if block.kind == "result":
        return len(block.text) > MAX_CAPTION // 3
    following = next((other.kind for other in rest[1:] if other.kind != "notes"), "h2")
    introduces = following not in ("text", *HEADINGS) or block.text.endswith((":", ","))
    return len(block.text) > MAX_CAPTION or bool(last.groups) or introduces


def _pop_caption(slide, room):
    """Remove the last groups of a text slide, of at most `room` characters, and return them."""
    groups = []
    while slide and slide.kind == "text" and slide.groups:
        text = "".join(block.text for block in slide.groups[-1])
        if len(text) > room or any(block.kind == "code" for block in slide.groups[-1]):
            break
        groups.insert(0, slide.groups.pop())
        room -= len(text)
    return groups
