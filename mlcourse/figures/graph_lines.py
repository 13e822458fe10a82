"""The lines of a graph as shapes: with round corners, a head at the end, dots where they part."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
from matplotlib.path import Path

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
