"""Draws the floors: `python docs/architecture.py` writes images/architecture.svg beside itself.

The rows are those of the contract in setup.cfg, the arrows those of the import graph. Where an
import goes up, to a neighbour or round, it says so, draws nothing and ends with status 1.
"""

import graphlib
import random
import sys
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import grimp
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextPath
from sklearn.isotonic import isotonic_regression

from mlcourse.figures import STYLE, save_figure
from mlcourse.figures.style import LOOKS, ORANGE, tint

HERE = Path(__file__).parent
OUTSIDE = {"mlcourse", "mlcourse.__main__"}  # on no floor: they import what is asked for
WIDE, PITCH = 13.33, 0.54  # inches: as wide as a slide, and from floor to floor
POINTS, HIGH, PAD, GAP, STREAM = 12, 0.3, 0.1, 0.14, 0.06  # of a box, inches but for its text
STARTS, SWEEPS = 40, 200
COLOURS = [colour for colour, _ in LOOKS if colour != "#000000"]
WORDS = """An arrow goes from a module, or a package (/),
to what it imports. Where a longer way leads
there too, there is none."""


def floors():
    """Returns the floors from the top, each a list of names, as the contract has them."""
    settings = ConfigParser()
    settings.read(HERE.parent / "setup.cfg")
    lines = settings["importlinter:contract:floors"]["layers"].split("\n")
    return [[name.strip() for name in line.split("|")] for line in lines if line.strip()]


def imports():
    """Returns, by module, those of ours that it imports, and the names that import Keras."""
    graph = grimp.build_graph(
        "mlcourse", include_external_packages=True, exclude_type_checking_imports=True
    )
    ours = {module for module in graph.modules if unit(module).startswith("mlcourse.")} - OUTSIDE
    imported = {module: graph.find_modules_directly_imported_by(module) for module in ours}
    keras = {unit(module) for module, others in imported.items() if "keras" in others}
    return {module: others & ours for module, others in imported.items()}, keras


def unit(module):
    """Returns the name on a floor that a module belongs to: its own, or that of its package."""
    return ".".join(module.split(".")[:2])


def faults(rows, imported):
    """Returns a line for each import that the floors do not allow, and for a circle."""
    floor = {name: row for row, names in enumerate(rows) for name in names}
    if homeless := {unit(module) for module in imported} - set(floor):
        return [f"{name} is on no floor" for name in sorted(homeless)]
    found = [
        f"{module} imports {other}, which is not below it"
        for module in sorted(imported)
        for other in sorted(imported[module])
        if unit(module) != unit(other) and floor[unit(module)] >= floor[unit(other)]
    ]
    try:
        graphlib.TopologicalSorter(imported).prepare()
    except graphlib.CycleError as error:
        found.append(" is imported by ".join(error.args[1]))
    return found


def arrows(imported):
    """Returns (from, to) for each pair of names where no longer way leads there too."""
    below = {unit(module): set() for module in imported}
    for module, others in imported.items():
        below[unit(module)] |= {unit(other) for other in others} - {unit(module)}
    reached = {}
    for name in graphlib.TopologicalSorter(below).static_order():
        reached[name] = below[name].union(*(reached[other] for other in below[name]))
    return {
        (name, other)
        for name, others in below.items()
        for other in others
        if not any(other in reached[between] for between in others)
    }


def links(rows, pairs):
    """Returns the pieces of the arrows, each from a point to one on the next floor.

    A point is (floor, name): on the name's own floor its box, and above that the stream in which
    the arrows to it flow together.
    """
    floor = {name: row for row, names in enumerate(rows) for name in names}
    pieces = {((floor[name], name), (floor[name] + 1, other)) for name, other in pairs}
    first = {}
    for name, other in pairs:
        first[other] = min(first.get(other, floor[name]), floor[name])
    for name, row in first.items():
        pieces |= {((k, name), (k + 1, name)) for k in range(row + 1, floor[name])}
    return sorted(pieces)


def in_order(pieces):
    """Returns the points of each floor in an order in which few pieces cross."""
    points = sorted({point for piece in pieces for point in piece})
    rows = [[point for point in points if point[0] == row] for row in range(points[-1][0] + 1)]
    near, generator = _near(pieces), random.Random(0)
    found = []
    for _ in range(STARTS):
        swept = [generator.sample(row, len(row)) for row in rows]
        for _ in range(8):
            swept = _swept(_swept(swept, near)[::-1], near)[::-1]
            found.append(swept)
    return min(found, key=lambda order: crossings(order, pieces))


def _near(pieces):
    """Returns, by point, those that it is linked to."""
    near = {}
    for upper, lower in pieces:
        near.setdefault(upper, []).append(lower)
        near.setdefault(lower, []).append(upper)
    return near


def _swept(rows, near):
    """Returns the floors, each sorted by the middle of what it is linked to on the one before."""
    swept = rows[:1]
    for row in rows[1:]:
        at = {point: place for place, point in enumerate(swept[-1])}
        middle = {
            point: np.mean([at[other] for other in near[point] if other in at] or [place])
            for place, point in enumerate(row)
        }
        swept.append(sorted(row, key=middle.get))
    return swept


def crossings(rows, pieces):
    """Returns how many pairs of pieces cross."""
    at = {point: place for row in rows for place, point in enumerate(row)}
    ends = np.array([(upper[0], at[upper], at[lower]) for upper, lower in pieces])
    same, above, below = np.moveaxis(ends[:, None] - ends, -1, 0)
    return np.count_nonzero((same == 0) & (above * below < 0)) // 2


def places(rows, pieces, wide):
    """Returns where each point is, in inches from the left: close to those that it is linked to."""
    near = _near(pieces)
    x = {point: WIDE * (k + 1) / (len(row) + 1) for row in rows for k, point in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            wished = []
            for point in row:
                weights = [99 if other == (point[0] + 1, point[1]) else 1 for other in near[point]]
                wished.append(np.average([x[other] for other in near[point]], weights=weights))
            x |= zip(row, _apart(wished, [wide[point] for point in row]), strict=True)
    return x


def _apart(wished, wide):
    """Returns the places nearest to those wished for that leave each its width."""
    before = np.cumsum(wide) - np.array(wide) / 2
    return before + isotonic_regression(wished - before, y_min=0, y_max=WIDE - sum(wide))


@dataclass
class Picture:
    """What is drawn, and where."""

    rows: list
    pieces: list
    packages: set
    keras: set

    def __post_init__(self):
        self.floor = {name: row for row, points in enumerate(self.rows) for _, name in points}
        self.text = {
            name: name.partition(".")[2] + "/" * (name in self.packages) for name in self.floor
        }
        self.wide = {name: self._width(name) for name in self.floor}
        room = {
            point: GAP + (self.wide[point[1]] if self.is_box(point) else STREAM)
            for row in self.rows
            for point in row
        }
        self.x = places(self.rows, self.pieces, room)
        boxes = [point for row in self.rows for point in sorted(row, key=self.x.get)]
        names = [point[1] for point in boxes if self.is_box(point)]
        self.colour = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(names)}

    def _width(self, name):
        return TextPath((0, 0), self.text[name], size=POINTS).get_extents().width / 72 + 2 * PAD

    def is_box(self, point):
        """Says whether a point is a name's box, and not the stream to it."""
        return self.floor[point[1]] == point[0]

    def y(self, row):
        """Returns the height of a floor's middle."""
        return (len(self.rows) - row - 0.5) * PITCH

    def draw(self):
        """Returns the Figure."""
        size = WIDE, len(self.rows) * PITCH
        figure = Figure(figsize=size, layout="none")
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(0, size[1]))
        ax.axis("off")
        for row in range(0, len(self.rows), 2):
            ax.axhspan(self.y(row) - PITCH / 2, self.y(row) + PITCH / 2, color="#F4F4F4", lw=0)
        for upper in dict.fromkeys(upper for upper, _ in self.pieces):
            self._draw_pieces(ax, upper)
        for name in self.floor:
            self._draw_box(ax, name)
        self._draw_legend(ax)
        return figure

    def _draw_pieces(self, ax, upper):
        """Draws what leaves a point, side by side where it is a box."""
        lowers = sorted((lower for one, lower in self.pieces if one == upper), key=self.x.get)
        room = self.wide[upper[1]] - 2 * PAD if self.is_box(upper) else 0
        for k, lower in enumerate(lowers):
            start = self.x[upper] + room * ((k + 1) / (len(lowers) + 1) - 0.5)
            colour = tint(self.colour[lower[1]], 0.8)
            path = self._curve(start, upper, lower)
            ax.add_patch(PathPatch(path, fill=False, ec=colour, lw=1.6, gid=gid(upper, lower)))

    def _curve(self, start, upper, lower):
        """Returns a way past a stream's own floor and down to the next one."""
        bottom, top = self.y(upper[0]) - HIGH / 2, self.y(lower[0]) + HIGH / 2
        begin = bottom if self.is_box(upper) else bottom + HIGH
        middle, end = (bottom + top) / 2, self.x[lower]
        points = [(start, begin), (start, bottom), (start, middle), (end, middle), (end, top)]
        return Curve(points, [Curve.MOVETO, Curve.LINETO, *[Curve.CURVE4] * 3])

    def _draw_box(self, ax, name):
        x, y, wide = self.x[self.floor[name], name], self.y(self.floor[name]), self.wide[name]
        colour, corner = self.colour[name], (x - wide / 2, y - HIGH / 2)
        fill = tint(ORANGE, 0.35) if name in self.keras else "white"
        _box(ax, corner, wide, fc=fill, ec=colour, gid=name)
        ax.text(x, y, self.text[name], ha="center", va="center_baseline", size=POINTS, zorder=4)
        if any(lower == (self.floor[name], name) for _, lower in self.pieces):
            ax.plot(x, y + HIGH / 2 + 0.04, "v", ms=6, color=colour, zorder=3)

    def _draw_legend(self, ax):
        top = len(self.rows) * PITCH - 0.2
        ax.text(0.25, top, WORDS, va="top", size=POINTS, linespacing=1.3)
        _box(ax, (0.25, top - 1.1), 0.4, fc=tint(ORANGE, 0.35), ec="none")
        ax.text(0.75, top - 1.1 + HIGH / 2, "imports Keras", va="center_baseline", size=POINTS)


def _box(ax, corner, wide, **look):
    shape = "round,pad=0,rounding_size=0.06"
    ax.add_patch(FancyBboxPatch(corner, wide, HIGH, boxstyle=shape, lw=1.8, zorder=3, **look))


def gid(upper, lower):
    """Returns the name of an arrow's piece in the file."""
    return f"{upper[1]}-{lower[1]}-{upper[0]}"


def main():
    """Writes the picture, or says what is wrong; returns the exit status."""
    rows, (imported, keras) = floors(), imports()
    if found := faults(rows, imported):
        print(*found, sep="\n", file=sys.stderr)
        return 1
    pieces = links(rows, arrows(imported))
    packages = {unit(module) for module in imported if module != unit(module)}
    with mpl.rc_context(STYLE):
        picture = Picture(in_order(pieces), pieces, packages, keras).draw()
        print(save_figure(picture, HERE / "images" / "architecture.svg"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
