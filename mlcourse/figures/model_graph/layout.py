"""Positions of the blocks of a graph, in inches: y grows upwards."""

import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from mlcourse.figures.model_graph.boxes import of_even_width
from mlcourse.figures.model_graph.lines import Routes, stacked

CROSSING = 0.5  # what a cut costs when two arrows cross it, not one; and when four do, not two


class Layering:
    """Where blocks stand in one long column, before it is cut into several.

    Attributes:
        count: how many blocks there are.
        before, after: the numbers of the blocks that each one takes from, and gives to.
        ranks: of each block, from the top on.
        tracks: of each block: 0 for the main path, more for what stands beside it.
        aside: the numbers of the blocks that are never on the main path, such as those of masks.
    """

    def __init__(self, count, arrows, aside=frozenset()):
        self.count, self.arrows, self.aside = count, arrows, aside
        self.before = [[a for a, b in arrows if b == block] for block in range(count)]
        self.after = [[b for a, b in arrows if a == block] for block in range(count)]
        self.ranks = self._late_inputs(_lengths(self.before))
        self.tracks = self._tracks()

    @cached_property
    def rows(self):
        """The blocks of each rank."""
        rows = [[] for _ in range(max(self.ranks) + 1)]
        for block, rank in enumerate(self.ranks):
            rows[rank].append(block)
        return rows

    @cached_property
    def crossed(self):
        """How many arrows go from each rank, or from one above it, to one below it."""
        spans = [(self.ranks[a], self.ranks[b]) for a, b in self.arrows]
        return [sum(a <= rank < b for a, b in spans) for rank in range(len(self.rows))]

    def _late_inputs(self, ranks):
        """Moves an input, with all that depends on it alone, to just above what needs it."""
        alone = []
        for block in range(self.count):
            before = self.before[block]
            alone.append(all(alone[other] and len(self.after[other]) == 1 for other in before))
        for block in reversed(range(self.count)):
            if alone[block] and self.after[block]:
                ranks[block] = min(ranks[other] for other in self.after[block]) - 1
        return ranks

    def _tracks(self):
        """Gives each chain of blocks the first track that is free as far as its lines go."""
        busy, tracks = [], [0] * self.count
        order = sorted(self._chains(), key=lambda chain: (chain[0] in self.aside, -len(chain)))
        for chain in order:
            first, last = chain[0], chain[-1]
            start = min([self.ranks[a] + 1 for a in self.before[first]] + [self.ranks[first]])
            end = max([self.ranks[b] - 1 for b in self.after[last]] + [self.ranks[last]])
            ranks = set(range(start, end + 1))
            track = next((n for n, taken in enumerate(busy) if not taken & ranks), len(busy))
            busy += [set()] * (track == len(busy))
            busy[track] = busy[track] | ranks
            for block in chain:
                tracks[block] = track
        return tracks

    def _chains(self):
        """Yields lists of blocks, one below the other: each goes on along the longest way."""
        above, below = _lengths(self.before), _lengths(self.after, reverse=True)
        heirs = [max(after, key=self._by(below), default=None) for after in self.after]
        next_of, starts = {}, set(range(self.count))
        for block in range(self.count):
            parents = [a for a in self.before[block] if heirs[a] == block]
            if parents:
                next_of[max(parents, key=self._by(above))] = block
                starts.discard(block)
        for block in sorted(starts):
            chain = [block]
            while chain[-1] in next_of:
                chain.append(next_of[chain[-1]])
            yield chain

    def _by(self, lengths):
        """Returns a key to sort blocks by: those aside first, then those with the shorter ways."""
        return lambda block: (block not in self.aside, lengths[block], -block)


def _lengths(others, reverse=False):
    """Returns how many arrows the longest way to each block has; or from it."""
    lengths = [0] * len(others)
    for block in reversed(range(len(others))) if reverse else range(len(others)):
        lengths[block] = max((lengths[other] + 1 for other in others[block]), default=0)
    return lengths


def cuts(heights, crossed, columns):
    """Returns where each column begins: of even heights, and cut where few arrows cross.

    Args:
        heights: of each rank, the gap below it included.
        crossed: how many arrows cross the line below each rank.
        columns: how many columns there shall be, or fewer.
    """
    count, even = len(heights), sum(heights) / columns
    below = [0.0]
    for height in heights:
        below.append(below[-1] + height)
    best = {(0, 0): (0.0, [])}
    for column in range(columns):
        for end in range(1, count + 1):
            first = bisect_left(below, below[end] - 2 * even)
            cost = CROSSING * math.log2(max(crossed[end - 1], 1)) if end < count else 0.0
            ways = [
                (before + cost + ((below[end] - below[start]) / even - 1) ** 2, [*starts, start])
                for start in range(first, end)
                if (column, start) in best
                for before, starts in [best[column, start]]
            ]
            if ways:
                best[column + 1, end] = min(ways)
    return (
        best[columns, count][1] if (columns, count) in best else cuts(heights, crossed, columns - 1)
    )


LANE, LEVEL = 0.14, 0.1  # from one line to the next one beside it; and below it
EDGE, HEAD = 0.17, 0.19  # from a line to a box beside it; below it, with room for an arrow's head
GAP, BETWEEN, MARGIN = 0.25, 0.3, 0.06  # between ranks, between columns, and around all
PORT = 0.3  # from the middle of a box to where lines enter that must not come down the middle
WIDE, HIGH, MOST = 12, 7.5, 16  # inches that a figure of its own should have; and columns


@dataclass(frozen=True)
class Layout:
    """The geometry of a graph's picture.

    Attributes:
        width, height: of the picture.
        rectangles: of each block: left, bottom, width, height.
        lines: of each arrow, by its pair of blocks: its corners, (x, y).
    """

    width: float
    height: float
    rectangles: list
    lines: dict


def lay_out(boxes, arrows, room=None, below=0.0):
    """Returns the `Layout` with as many columns as suit the room.

    Args:
        boxes: a `mlcourse.figures.model_graph.boxes.Box` for each block.
        arrows: pairs of blocks' numbers.
        room: width and height of the Axes; None for a figure as large as need be.
        below: inches left free at the lower edge.
    """
    aside = {number for number, box in enumerate(boxes) if box.is_aside}
    ranks = Layering(len(boxes), arrows, aside)
    boxes = of_even_width(boxes, ranks.tracks)
    heights = [max(boxes[block].height for block in row) + GAP for row in ranks.rows]
    layouts = []
    for columns in range(1, min(MOST, len(heights)) + 1):
        firsts = cuts(heights, ranks.crossed, columns)
        layouts.append(_Places(boxes, ranks, Routes(ranks, firsts)).layout(below))
        if room is None and layouts[-1].width <= WIDE and layouts[-1].height <= HIGH:
            return layouts[-1]
    wide, high = room or (WIDE, HIGH)
    return min(layouts, key=lambda layout: max(layout.width / wide, layout.height / high))


class _Places:
    """Turns routes into places: first from left to right, then from top to bottom."""

    def __init__(self, boxes, ranks, routes):
        self._boxes, self._ranks, self._routes = boxes, ranks, routes
        self._lanes = routes.lanes()
        self._middles, self._channels, self.width = self._across()
        self._levels = self._stack_levels()
        self._tops, self._rows, self.depth = self._down()

    def _across(self):
        """Returns the middle of each track, the left edge of each channel, and the width."""
        middles, channels, x = {}, {}, MARGIN
        widths = defaultdict(float)
        for block, box in enumerate(self._boxes):
            track = self._ranks.tracks[block]
            widths[track] = max(widths[track], box.width)
        for column, tracks in enumerate(self._routes.used):
            x += BETWEEN * (column > 0)
            for number, track in enumerate([*tracks, None]):
                lanes = len(set(self._lanes.get((column, number), {}).values()))
                is_outer = number in (0, len(tracks))
                channels[column, number] = x
                x += EDGE * (2 - is_outer) + LANE * max(lanes - 1, 0) if lanes else 0
                x += BETWEEN * (not is_outer and not lanes)
                if track is not None:
                    middles[column, track] = x + widths[track] / 2
                    x += widths[track]
        return middles, channels, x + MARGIN

    def _stack_levels(self):
        """Returns the level of each line from side to side: in each gap, and over the columns."""
        spans = defaultdict(lambda: defaultdict(list))
        for path in self._routes.paths.values():
            for x, (level, block) in path:
                if level in ("from", "to", "over"):
                    spans[self._gap(level, block), level][block].append(self._x(*x))
        return {where: stacked(lines) for where, lines in spans.items()}

    def _gap(self, level, block):
        """Returns the rank above a gap; -1 for the room over the columns."""
        rank = self._routes.place(block)[1]
        return {"from": rank, "to": rank - 1, "over": -1}[level]

    def _count(self, gap, level):
        return len(set(self._levels.get((gap, level), {}).values()))

    def _down(self):
        """Returns the top of each rank, its height, and the depth of the picture."""
        over = self._count(-1, "over")
        start = MARGIN + (LEVEL * over + HEAD if over else 0)
        tops, rows, depth = [], [], 0
        for rank, row in enumerate(self._ranks.rows):
            if rank in self._routes.firsts:
                y = start
            tops.append(y)
            rows.append(max(self._boxes[block].height for block in row))
            depth = max(depth, y + rows[-1])
            levels = self._count(rank, "from") + self._count(rank, "to")
            y += rows[-1] + max(GAP, (levels > 0) * (LEVEL * levels + HEAD))
            depth = max(depth, y - HEAD) if self._count(rank, "from") else depth
        return tops, rows, depth + MARGIN

    def _x(self, kind, where):
        if kind == "lane":
            channel, source = where
            edge = EDGE if channel[1] else 0
            return self._channels[channel] + edge + LANE * self._lanes[channel][source]
        column, _, track = self._routes.place(where)
        half = self._boxes[where].width / 2
        shifts = {"middle": 0, "left": -half, "right": half}
        shifts["port"] = min(PORT, half / 2) if self._routes.enters_beside(where) else 0
        return self._middles[column, track] + shifts[kind]

    def _y(self, level, block):
        """Returns how far below the upper edge a corner is."""
        rank = self._routes.place(block)[1]
        if level in ("top", "bottom", "centre"):
            half = self._boxes[block].height / 2
            shift = {"top": -half, "bottom": half, "centre": 0}[level]
            return self._tops[rank] + self._rows[rank] / 2 + shift
        gap = self._gap(level, block)
        number = self._levels[gap, level][block]
        if level == "over":
            return MARGIN + LEVEL * (self._count(gap, "over") - 1 - number) + 0.02
        number += self._count(gap, "from") if level == "to" else 0
        return self._tops[gap] + self._rows[gap] + LEVEL * (number + 1)

    def layout(self, below):
        """Returns the `Layout`, with some room at the lower edge."""
        height = self.depth + below
        rectangles = []
        for block, box in enumerate(self._boxes):
            left, lower = self._x("left", block), height - self._y("bottom", block)
            rectangles.append((left, lower, box.width, box.height))
        lines = {
            pair: [(self._x(*x), height - self._y(*y)) for x, y in path]
            for pair, path in self._routes.paths.items()
        }
        return Layout(self.width, height, rectangles, lines)
