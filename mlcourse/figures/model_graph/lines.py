"""Routes and shapes of the lines in a model graph."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate, pairwise

import numpy as np
from matplotlib.path import Path


class Routes:
    """The routes of all edges around the blocks.

    Args:
        layering: the `Layering`.
        starts: the first rank of each section.

    Attributes:
        starts: the first rank of each section.
        columns: the columns of each section, from left to right.
        paths: dict of edges to lists of corners. A corner is a pair of an x, (kind, target), and a
            y, (kind, block), which `layout` converts to inches.
    """

    def __init__(self, layering, starts):
        self._layering = layering
        self.starts = starts
        n_ranks = len(layering.rows)
        self._section_of = [sum(start <= rank for start in starts) - 1 for rank in range(n_ranks)]
        columns = [set() for _ in starts]
        self._cells = {}  # by (rank, column): the block there, or the source of the line there
        for block in range(layering.n_blocks):
            rank = layering.ranks[block]
            column = layering.columns[block]
            columns[self._section_of[rank]].add(column)
            self._cells[rank, column] = block
        self.columns = [sorted(used) for used in columns]
        self._numbers = [{column: k for k, column in enumerate(used)} for used in self.columns]
        self.paths = {edge: self._path(*edge) for edge in layering.edges}

    def position(self, block):
        """Return the section, rank and column of a block."""
        rank = self._layering.ranks[block]
        return self._section_of[rank], rank, self._layering.columns[block]

    def channel(self, block, side):
        """Return the channel to the left (0) or right (1) of a block, as (section, number)."""
        section, _, column = self.position(block)
        return section, self._numbers[section][column] + side

    def enters_off_center(self, block):
        """Return whether lines to a block enter off center, as another line is in its column."""
        _, rank, column = self.position(block)
        above = self._cells.get((rank - 1, column))
        is_first = rank in self.starts
        return not (is_first or above is None or above in self._layering.predecessors[block])

    def _path(self, a, b):
        """Return the corners from block a to block b."""
        section_a, _, column_a = self.position(a)
        section_b, _, column_b = self.position(b)
        if section_a != section_b:
            return self._path_to_section(a, b)
        if column_a == column_b:
            return self._path_in_column(a, b)
        return self._path_to_column(a, b, int(column_a < column_b))

    def _path_in_column(self, a, b):
        """Return the corners to a block in the same column: straight, or around other blocks."""
        _, rank_a, column = self.position(a)
        rank_b = self.position(b)[1]
        start = (("middle", a), ("bottom", a))
        if self._reserve(a, column, rank_a, rank_b):
            return [start, (("middle", b), ("top", b))]
        lane = ("lane", (self.channel(a, 1), a))
        corners = [(("middle", a), ("from", a)), (lane, ("from", a)), (lane, ("center", b))]
        return [start, *corners, (("right", b), ("center", b))]

    def _path_to_column(self, a, b, to_right):
        """Return the corners to another column: down in the first column, the second or between.

        Lines from a block split in the upper half of a gap, and lines to a block join in the lower
        half. Otherwise a line could split again after a join, and its source would be ambiguous.

        Args:
            a, b: source and target.
            to_right: 1 if the target is to the right, else 0.
        """
        _, rank_a, column_a = self.position(a)
        _, rank_b, column_b = self.position(b)
        start = (("middle", a), ("bottom", a))
        port = ("port", b)
        leave = (("middle", a), ("from", a))
        arrive = [(port, ("to", b)), (port, ("top", b))]
        is_next_rank = rank_b == rank_a + 1
        has_one_source = len(self._layering.predecessors[b]) == 1
        splits = is_next_rank and len(self._layering.successors[a]) > 1
        can_join = not splits and not (is_next_rank and has_one_source)
        if can_join and self._reserve(a, column_a, rank_a, rank_b):
            return [start, (("middle", a), ("to", b)), *arrive]
        is_free = has_one_source if is_next_rank else (rank_a, column_b) not in self._cells
        if is_free and self._reserve(a, column_b, rank_a, rank_b):
            return [start, leave, (port, ("from", a)), (port, ("top", b))]
        lane = ("lane", (self.channel(a, to_right), a))
        return [start, leave, (lane, ("from", a)), (lane, ("to", b)), *arrive]

    def _path_to_section(self, a, b):
        """Return the corners to a block in another section, over all sections."""
        lane = ("lane", (self.channel(a, 1), a))
        start = [(("middle", a), ("bottom", a)), (("middle", a), ("from", a))]
        start += [(lane, ("from", a)), (lane, ("over", a))]
        if self.position(b)[1] in self.starts:
            return [*start, (("middle", b), ("over", a)), (("middle", b), ("top", b))]
        lane = ("lane", (self.channel(b, 0), a))
        end = (("left", b), ("center", b))
        return [*start, (lane, ("over", a)), (lane, ("center", b)), end]

    def _reserve(self, block, column, rank_a, rank_b):
        """Reserve a column between two ranks for a line of a block; return whether it was free."""
        cells = [(rank, column) for rank in range(rank_a + 1, rank_b)]
        is_free = column in self._numbers[self._section_of[rank_a]]
        is_free &= all(self._cells.get(cell, block) == block for cell in cells)
        if is_free:
            self._cells.update(dict.fromkeys(cells, block))
        return is_free

    def lanes(self):
        """Return the lane of each vertical line in each channel, shorter lines further left.

        Lines to a box on the right have lanes to the right of all others, so that they do not
        cross.

        Returns:
            A dict of channels to dicts of source blocks to numbers of lanes.
        """
        spans = defaultdict(lambda: ({}, {}))
        for (a, b), path in self.paths.items():
            for (kind, target), (level, block) in path:
                if kind == "lane":
                    channel = target[0]
                    leads_right = path[-1][0][0] == "left" and channel == self.channel(b, 0)
                    ranks = spans[channel][leads_right].setdefault(a, [])
                    ranks.append(self._rank(level, block))
        return {channel: _side_by_side(*lines) for channel, lines in spans.items()}

    def _rank(self, level, block):
        """Return the vertical position of a corner, in ranks."""
        section, rank, _ = self.position(block)
        shift = {"from": 0.5, "center": 0.0, "to": -0.4}
        return rank + shift[level] if level in shift else self.starts[section] - 1.0


def _side_by_side(first, second):
    """Return the lanes of two groups of lines, the second group to the right of the first."""
    lanes = assign_lanes(first)
    n_lanes = len(set(lanes.values()))
    return lanes | {name: n_lanes + number for name, number in assign_lanes(second).items()}


def assign_lanes(spans):
    """Return a lane for each line, so that no lines overlap; shorter lines have lower numbers.

    Args:
        spans: dict of names to the positions of the corners of the lines.

    >>> assign_lanes({"long": [0, 9], "short": [2, 4], "later": [6, 8]})
    {'short': 0, 'later': 0, 'long': 1}
    """
    lanes = {}
    assigned = []
    for name, ends in sorted(spans.items(), key=lambda item: max(item[1]) - min(item[1])):
        low = min(ends)
        high = max(ends)
        overlapping = [lane for start, end, lane in assigned if start <= high and low <= end]
        lanes[name] = max(overlapping, default=-1) + 1
        assigned.append((low, high, lanes[name]))
    return lanes


# Lengths in inches.
CORNER_RADIUS = 0.06
HEAD_LENGTH = 0.11
HEAD_HALF_WIDTH = 0.05
PARALLEL_GAP = 0.12
MAX_PARALLEL_WIDTH = 0.6


def rounded_path(corners):
    """Return a Path along corners, (n, 2), with rounded corners."""
    corners = np.array(corners)
    points = [corners[0]]
    codes = [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        for end in (before, after):
            direction = end - corner
            length = np.linalg.norm(direction)
            points.append(corner + direction * min(CORNER_RADIUS / length, 0.5))
        points.insert(-1, corner)
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*points, corners[-1]], [*codes, Path.LINETO])


def without_shared_parts(lines):
    """Return the corners of each line, without the parts that it shares with previous lines.

    Lines from the same block share their beginning, lines to the same block their end. Drawn twice,
    shared parts would look thicker.

    Args:
        lines: dict of edges to lists of corners.
    """
    from_source = defaultdict(_Fork)
    to_target = defaultdict(_Fork)
    parts = []
    for (source, target), line in lines.items():
        line = _bends(line)
        end_in_head = line[-1] - HEAD_LENGTH / 2 * _direction(*line[-2:])
        line[-1] = tuple(end_in_head)
        part = from_source[source].without_shared_part(line)
        parts.append(to_target[target].without_shared_part(part[::-1])[::-1])
        from_source[source].add(line)
        to_target[target].add(line[::-1])
    return parts


class _Fork:
    """A corner at which lines may split: the root of a tree of the corners that follow."""

    def __init__(self):
        self._forks = {}  # by the next corner
        self._ends = {}  # by direction, the farthest next corner

    def add(self, line):
        """Add a line, a list of corners."""
        fork = self
        for start, end in pairwise(line):
            fork = fork._forks.setdefault(_rounded(start), _Fork())
            direction = _rounded(_direction(start, end))
            farthest = fork._ends.get(direction, start)
            if _length([start, end]) > _length([start, farthest]):
                fork._ends[direction] = end

    def without_shared_part(self, line):
        """Return a line without the longest beginning that it shares with an added line."""
        fork = self
        n_shared = 0
        while n_shared < len(line) - 1 and _rounded(line[n_shared]) in fork._forks:
            fork = fork._forks[_rounded(line[n_shared])]
            n_shared += 1
        if n_shared == 0:
            return line
        start, end = line[n_shared - 1 : n_shared + 1]
        direction = _direction(start, end)
        other_end = fork._ends.get(_rounded(direction))
        if other_end is None:
            return line[n_shared - 1 :]
        if _length([start, end]) < _length([start, other_end]):
            return line[n_shared:]
        split = other_end - CORNER_RADIUS * direction  # where the other line's corner begins
        return [tuple(split), *line[n_shared:]]


def _rounded(point):
    """Return a point without rounding errors, to look it up."""
    return tuple(round(float(value), 6) + 0.0 for value in point)  # 0.0 instead of -0.0


def _length(line):
    """Return the length of a line."""
    return sum(np.linalg.norm(np.subtract(end, start)) for start, end in pairwise(line))


def _bends(corners):
    """Return the corners of a line without duplicates and points on straight lines."""
    bends = [corners[0]]
    for corner, after in pairwise(corners[1:]):
        moves = np.abs(np.subtract([corner, after], [bends[-1], corner])) > 1e-9
        if moves[0].any() and moves[1].any() and (moves[0] != moves[1]).any():
            bends.append(corner)
    return [*bends, corners[-1]]


def parallel_lines(corners, count):
    """Return parallel lines, one for each tensor of an edge.

    Args:
        corners: corners of the line in the middle.
        count: number of lines.
    """
    corners = _bends(corners)
    directions = [_direction(*segment) for segment in pairwise(corners)]
    normals = np.array([(-direction[1], direction[0]) for direction in directions])
    shifts = [normals[0], *np.add(normals[1:], normals[:-1]), normals[-1]]
    gap = min(PARALLEL_GAP, MAX_PARALLEL_WIDTH / max(count - 1, 1))
    offsets = gap * (np.arange(count) - (count - 1) / 2)
    lines = [np.add(corners, np.multiply(offset, shifts)) for offset in offsets]
    return [[tuple(corner) for corner in line.tolist()] for line in lines]


def arrowheads(lines):
    """Return a triangle for each point at which lines end."""
    triangles = {}
    for line in lines:
        tip = np.array(line[-1])
        direction = _direction(*_bends(line)[-2:])
        base = tip - HEAD_LENGTH * direction
        normal = HEAD_HALF_WIDTH * np.array([-direction[1], direction[0]])
        triangles[line[-1]] = [tip, base + normal, base - normal]
    return list(triangles.values())


def _direction(start, end):
    """Return the unit vector from a point to another one."""
    difference = np.subtract(end, start)
    return difference / np.linalg.norm(difference)


def junctions(lines):
    """Return the points at which lines from the same block split.

    Args:
        lines: dict of edges to lists of corners.
    """
    segments_of = defaultdict(list)
    for (source, _), line in lines.items():
        segments_of[source] += pairwise(_bends(line))
    points = set()
    for segments in segments_of.values():
        spans = [_Spans(segments, axis) for axis in (0, 1)]
        for corner in {corner for segment in segments for corner in segment}:
            if sum(span.n_directions(corner) for span in spans) > 2:
                points.add(corner)
    return sorted(points)


class _Spans:
    """The segments along an axis.

    Args:
        segments: pairs of points.
        axis: 0 for horizontal segments, 1 for vertical segments.
    """

    def __init__(self, segments, axis):
        self._axis = axis
        spans = defaultdict(list)
        for segment in segments:
            low, high = sorted(point[axis] for point in segment)
            if high - low > 1e-9:
                spans[self._line(segment[0])].append((low, high))
        self._spans = {}
        for line, ends in spans.items():
            lows, highs = zip(*sorted(ends), strict=True)
            self._spans[line] = lows, list(accumulate(highs, max))

    def _line(self, point):
        """Return the position of the straight line along the axis through a point."""
        return round(point[1 - self._axis], 6)

    def n_directions(self, point):
        """Return the number of directions along the axis, 0 to 2, in which segments continue."""
        lows, farthest = self._spans.get(self._line(point), ((), ()))
        before, after = point[self._axis] - 1e-9, point[self._axis] + 1e-9
        n_before = bisect_left(lows, before)
        n_until = bisect_right(lows, after)
        goes_back = n_before > 0 and farthest[n_before - 1] >= before
        goes_on = n_until > 0 and farthest[n_until - 1] > after
        return goes_back + goes_on
