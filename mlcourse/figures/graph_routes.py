"""Which way each arrow of a graph goes around the boxes: along which lanes, not yet where.

The blocks stand in columns, and a column has tracks. Between tracks are channels with lanes for
lines from top to bottom; between ranks are gaps with levels for lines from side to side. So no
line can meet a box. A route is a list of corners, (x, y), each of them a name and whose it is.
"""

from collections import defaultdict


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
