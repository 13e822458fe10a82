"""The lines of a graph: their routes around the blocks, and their shapes."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
from matplotlib.path import Path


class Routes:
    """The routes of all arrows.

    Attributes:
        column_of: the column of each rank.
        firsts: the first rank of each column.
        used: the tracks of each column, from left to right.
        paths: the corners of each arrow, by its pair of blocks.
    """

    def __init__(self, ranks, firsts):
        self._ranks, self.firsts = ranks, firsts
        count = len(ranks.rows)
        self.column_of = [sum(first <= rank for first in firsts) - 1 for rank in range(count)]
        self.used = [set() for _ in firsts]
        self._cells = {}  # who is at a rank and track: a block, or the line that it sends
        for block in range(ranks.count):
            rank, track = ranks.ranks[block], ranks.tracks[block]
            self.used[self.column_of[rank]].add(track)
            self._cells[rank, track] = block
        self.used = [sorted(tracks) for tracks in self.used]
        self.paths = {pair: self._path(*pair) for pair in ranks.arrows}

    def place(self, block):
        """Returns the column, rank and track of a block."""
        rank = self._ranks.ranks[block]
        return self.column_of[rank], rank, self._ranks.tracks[block]

    def channel(self, block, side):
        """Returns the channel left (0) or right (1) of a block: its column and number."""
        column, _, track = self.place(block)
        return column, self.used[column].index(track) + side

    def enters_beside(self, block):
        """Whether lines from elsewhere must not come down the middle: it is another one's."""
        _, rank, track = self.place(block)
        above = self._cells.get((rank - 1, track))
        is_first = rank in self.firsts
        return not (is_first or above is None or above in self._ranks.before[block])

    def _path(self, a, b):
        (column, _, track), (other, _, side) = self.place(a), self.place(b)
        if column != other:
            return self._across(a, b)
        return self._below(a, b) if track == side else self._aside(a, b, int(track < side))

    def _below(self, a, b):
        """Returns the way to a block in the same track: straight, or around what is between."""
        (_, above, track), below = self.place(a), self.place(b)[1]
        start = (("middle", a), ("bottom", a))
        if self._take(a, track, above, below):
            return [start, (("middle", b), ("top", b))]
        lane = ("lane", (self.channel(a, 1), a))
        corners = [(("middle", a), ("from", a)), (lane, ("from", a)), (lane, ("centre", b))]
        return [start, *corners, (("right", b), ("centre", b))]

    def _aside(self, a, b, to_right):
        """Returns the way to another track: down the own one, down the other one, or between.

        Lines part in the upper half of a gap, and meet in the lower half: else a line that had met
        another one could part from it again, and nobody could tell whose it is.
        """
        (_, above, track), (_, below, side) = self.place(a), self.place(b)
        start, port = (("middle", a), ("bottom", a)), ("port", b)
        leaves, arrives = (("middle", a), ("from", a)), [(port, ("to", b)), (port, ("top", b))]
        is_next, alone = below == above + 1, len(self._ranks.before[b]) == 1
        parts = is_next and len(self._ranks.after[a]) > 1
        if not (parts or (is_next and alone)) and self._take(a, track, above, below):
            return [start, (("middle", a), ("to", b)), *arrives]
        is_clear = alone if is_next else (above, side) not in self._cells
        if is_clear and self._take(a, side, above, below):
            return [start, leaves, (port, ("from", a)), (port, ("top", b))]
        lane = ("lane", (self.channel(a, to_right), a))
        return [start, leaves, (lane, ("from", a)), (lane, ("to", b)), *arrives]

    def _across(self, a, b):
        """Returns the way to another column, over all of them."""
        lane = ("lane", (self.channel(a, 1), a))
        start = [(("middle", a), ("bottom", a)), (("middle", a), ("from", a))]
        start += [(lane, ("from", a)), (lane, ("over", a))]
        if self.place(b)[1] in self.firsts:
            return [*start, (("middle", b), ("over", a)), (("middle", b), ("top", b))]
        lane = ("lane", (self.channel(b, 0), a))
        return [*start, (lane, ("over", a)), (lane, ("centre", b)), (("left", b), ("centre", b))]

    def _take(self, block, track, above, below):
        """Takes a track between two ranks for a block's line, if nothing else is there."""
        cells = [(rank, track) for rank in range(above + 1, below)]
        is_free = track in self.used[self.column_of[above]]
        is_free &= all(self._cells.get(cell, block) == block for cell in cells)
        self._cells.update(dict.fromkeys(cells if is_free else (), block))
        return is_free

    def lanes(self):
        """Returns the lane of each line in each channel: from the left, the shorter ones first.

        Lines to a box on the right have lanes to the right of the others, which they might meet.
        """
        spans = defaultdict(lambda: ({}, {}))
        for (a, b), path in self.paths.items():
            for (kind, where), (level, block) in path:
                if kind == "lane":
                    channel = where[0]
                    leads_right = path[-1][0][0] == "left" and channel == self.channel(b, 0)
                    ranks = spans[channel][leads_right].setdefault(a, [])
                    ranks.append(self._rank(level, block))
        return {channel: _side_by_side(*lines) for channel, lines in spans.items()}

    def _rank(self, level, block):
        """Returns how far down a level is, in ranks."""
        column, rank, _ = self.place(block)
        shift = {"from": 0.5, "centre": 0.0, "to": -0.4}
        return rank + shift[level] if level in shift else self.firsts[column] - 1.0


def _side_by_side(first, second):
    """Returns the lanes of two groups of lines, all of the second to the right of the first."""
    lanes = stacked(first)
    count = len(set(lanes.values()))
    return lanes | {name: count + number for name, number in stacked(second).items()}


def stacked(spans):
    """Returns numbers for lines so that none meets another: the shorter, the lower the number.

    >>> stacked({"long": [0, 9], "short": [2, 4], "later": [6, 8]})
    {'short': 0, 'later': 0, 'long': 1}
    """
    numbers, placed = {}, []
    for name, ends in sorted(spans.items(), key=lambda item: max(item[1]) - min(item[1])):
        low, high = min(ends), max(ends)
        met = [number for start, end, number in placed if start <= high and low <= end]
        numbers[name] = max(met, default=-1) + 1
        placed.append((low, high, numbers[name]))
    return numbers


ROUND, LONG, BROAD = 0.06, 0.11, 0.05  # inches: of a corner; of an arrow's head, and half of it

BESIDE, WIDEST = 0.12, 0.6  # inches: from one parallel line to the next, and for all of them


def rounded(corners):
    """Returns the path along some corners, (n, 2), which it cuts off roundly."""
    corners = np.array(corners)
    places, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        for end in (before, after):
            way = end - corner
            length = np.linalg.norm(way)
            places.append(corner + way * min(ROUND / length, 0.5))
        places.insert(-1, corner)
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*places, corners[-1]], [*codes, Path.LINETO])


def own_parts(lines):
    """Returns the corners of each line, of what it shares with another one only once.

    What leaves one block has one line until it parts, and what comes to one block has one from
    where it meets; drawn over each other they would look thicker.

    Args:
        lines: the corners of each arrow, by its pair of blocks.
    """
    done, parts = {}, []
    for (source, target), line in lines.items():
        line = _bends(line)
        line[-1] = tuple(
            line[-1] - LONG / 2 * _direction(*line[-2:])
        )  # the head goes on from there
        part = _rest(line, [other for (a, _), other in done.items() if a == source])
        ends = [other[::-1] for (_, b), other in done.items() if b == target]
        parts.append(_rest(part[::-1], ends)[::-1])
        done[source, target] = line
    return parts


def _rest(line, others):
    """Returns a line from where it has left the last of those that begin as it does."""
    rests = [line]
    for other in others:
        same = 0
        while same < min(len(line), len(other)) and np.allclose(line[same], other[same]):
            same += 1
        if same and same < min(len(line), len(other)):
            rests.append(_from_parting(line, other, same))
    return min(rests, key=_length)


def _from_parting(line, other, same):
    """Returns the rest of a line of which some corners are those of another one."""
    way = _direction(line[same - 1], line[same])
    if not np.allclose(way, _direction(other[same - 1], other[same])):
        return line[same - 1 :]
    if _length([line[same - 1], line[same]]) < _length([other[same - 1], other[same]]):
        return line[same:]
    start = other[same] - ROUND * way  # the other one's round corner begins before it
    return [tuple(start), *line[same:]]


def _length(line):
    return sum(np.linalg.norm(np.subtract(end, start)) for start, end in pairwise(line))


def _bends(corners):
    """Returns the corners without those that are in one place, or on a straight line."""
    kept = [corners[0]]
    for corner, after in pairwise(corners[1:]):
        moves = np.abs(np.subtract([corner, after], [kept[-1], corner])) > 1e-9
        if moves[0].any() and moves[1].any() and (moves[0] != moves[1]).any():
            kept.append(corner)
    return [*kept, corners[-1]]


def parallel(corners, count):
    """Return lines beside each other, one for each of the tensors that go the same way.

    Args:
        corners: of the line in the middle.
        count: the number of lines.
    """
    corners = _bends(corners)
    ways = [_direction(*piece) for piece in pairwise(corners)]
    sides = np.array([(-way[1], way[0]) for way in ways])
    shifts = [sides[0], *np.add(sides[1:], sides[:-1]), sides[-1]]
    gap = min(BESIDE, WIDEST / max(count - 1, 1))
    offsets = gap * (np.arange(count) - (count - 1) / 2)
    lines = [np.add(corners, np.multiply(offset, shifts)) for offset in offsets]
    return [[tuple(place) for place in line.tolist()] for line in lines]


def heads(lines):
    """Returns a triangle for each place at which lines end."""
    triangles = {}
    for line in lines:
        tip, way = np.array(line[-1]), _direction(*_bends(line)[-2:])
        aside = BROAD * np.array([-way[1], way[0]])
        triangles[line[-1]] = [tip, tip - LONG * way + aside, tip - LONG * way - aside]
    return list(triangles.values())


def _direction(start, end):
    way = np.subtract(end, start)
    return way / np.linalg.norm(way)


def junctions(lines):
    """Returns where the lines that leave one block part from each other.

    Args:
        lines: the corners of each arrow, by its pair of blocks.
    """
    nets, dots = defaultdict(list), set()
    for (source, _), line in lines.items():
        nets[source] += pairwise(_bends(line))
    for pieces in nets.values():
        for place in {corner for piece in pieces for corner in piece}:
            ways = {way for piece in pieces for way in _ways(place, *piece)}
            dots |= {place} if len(ways) > 2 else set()
    return sorted(dots)


def _ways(place, start, end):
    """Yields in which directions a piece of a line leaves a place on it."""
    x, y = place
    (left, right), (low, high) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    if not (left - 1e-9 <= x <= right + 1e-9 and low - 1e-9 <= y <= high + 1e-9):
        return
    ways = {"left": x - left, "right": right - x, "down": y - low, "up": high - y}
    yield from (way for way, distance in ways.items() if distance > 1e-9)
