"""Draw the floors of the package as docs/images/architecture.svg, from the import contracts."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
WIDTH, ROW, LETTER, PAD = 1040, 40, 8.2, 9  # pixels
PAGE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">
<rect width="{width}" height="{height}" fill="white"/>
{rows}
<path d="M24 {top} V{bottom} m-6 -9 l6 9 l6 -9" fill="none" stroke="#444" stroke-width="2"/>
<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">imports</text>
</svg>
"""


def floors():
    """Return the floors from the top, each a list of names, and the names that import Keras."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg")
    lines = settings["importlinter:contract:floors"]["layers"].split()
    rows = [[]]
    for name, before in zip(lines, ["|", *lines], strict=False):
        if name != "|":
            rows = rows if before == "|" else [*rows, []]
            rows[-1].append(name.removeprefix("mlcourse."))
    without = settings["importlinter:contract:keras"]["source_modules"]
    free = {name.removeprefix("mlcourse.") for name in without.split()}
    return rows, {name for row in rows for name in row} - free


def draw(rows, keras):
    """Return the drawing as SVG: a row for each floor, orange boxes where Keras is imported."""
    lines = []
    for number, row in enumerate(rows):
        y, x = number * ROW, 44
        lines.append(
            f'<rect x="36" y="{y + 2}" width="{WIDTH - 40}" height="{ROW - 4}" fill="#f4f4f4"/>'
        )
        for name in row:
            is_folder = (ROOT / "mlcourse" / name).is_dir()
            text = f"{name}/" if is_folder else name
            width = round(len(text) * LETTER + 2 * PAD)
            fill = "#ffd9a0" if name in keras else "white" if is_folder else "none"
            box = f'<rect x="{x}" y="{y + 7}" width="{width}" height="{ROW - 14}" rx="4"'
            lines.append(f'{box} fill="{fill}" stroke="{"#888" if is_folder else "none"}"/>')
            lines.append(f'<text x="{x + PAD}" y="{y + ROW / 2 + 5:g}">{text}</text>')
            x += width + 6
    height = len(rows) * ROW
    arrow = {"top": 8, "bottom": height - 8, "middle": height / 2}
    return PAGE.format(width=WIDTH, height=height, rows="\n".join(lines), **arrow)


if __name__ == "__main__":
    PICTURE.write_text(draw(*floors()), "utf-8")
    print(PICTURE)
