"""Positions of the blocks and lines of a model graph, in inches.

Terms: a block has a rank, from top to bottom, and a column, from left to right. A long graph is
cut into sections, which are next to each other.
"""

import itertools
import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from mlcourse.figures.model_graph.boxes import of_equal_width
from mlcourse.figures.model_graph.lines import Routes, assign_lanes

CROSSING_COST = 0.5
"""Cost of a cut for each doubling of the number of edges that cross it."""


class Layering:
    """Rank and column of each block, before the graph is cut into sections.

    Args:
        n_blocks: number of blocks.
        edges: pairs of indices of blocks, (source, target).
        side_blocks: indices of the blocks on side branches, which are never on the main path.

    Attributes:
        n_blocks, edges, side_blocks: the arguments.
        predecessors, successors: indices of the neighbors of each block.
        ranks: rank of each block, from the top.
        columns: column of each block, 0 for the main path.
    """

    def __init__(self, n_blocks, edges, side_blocks=frozenset()):
        self.n_blocks = n_blocks
        self.edges = edges
        self.side_blocks = side_blocks
        self.predecessors = [[] for _ in range(n_blocks)]
        self.successors = [[] for _ in range(n_blocks)]
        for a, b in edges:
            self.predecessors[b].append(a)
            self.successors[a].append(b)
        self.ranks = self._with_late_inputs(_longest_paths(self.predecessors))
        self.columns = self._assign_columns()

    @cached_property
    def rows(self):
        """The blocks of each rank."""
        rows = [[] for _ in range(max(self.ranks) + 1)]
        for block, rank in enumerate(self.ranks):
            rows[rank].append(block)
        return rows

    @cached_property
    def n_crossing(self):
        """Number of edges that cross the line below each rank."""
        changes = [0] * len(self.rows)
        for a, b in self.edges:
            changes[self.ranks[a]] += 1
            changes[self.ranks[b]] -= 1
        return list(itertools.accumulate(changes))

    def _with_late_inputs(self, ranks):
        """Move inputs, and blocks that depend on one input only, down to their next use."""
        is_input_chain = []
        for block in range(self.n_blocks):
            is_input_chain.append(
                all(
                    is_input_chain[source] and len(self.successors[source]) == 1
                    for source in self.predecessors[block]
                )
            )
        for block in reversed(range(self.n_blocks)):
            if is_input_chain[block] and self.successors[block]:
                ranks[block] = min(ranks[target] for target in self.successors[block]) - 1
        return ranks

    def _assign_columns(self):
        """Return the column of each block: for each chain the first free one.

        The longest chains are first, those of side branches last.
        """
        used_ranks = []  # of each column
        columns = [0] * self.n_blocks
        order = sorted(
            self._chains(), key=lambda chain: (chain[0] in self.side_blocks, -len(chain))
        )
        for chain in order:
            ranks = self._spanned_ranks(chain)
            free = [n for n, used in enumerate(used_ranks) if not used & ranks]
            column = free[0] if free else len(used_ranks)
            if not free:
                used_ranks.append(set())
            used_ranks[column] |= ranks
            for block in chain:
                columns[block] = column
        return columns

    def _spanned_ranks(self, chain):
        """Return the ranks of a chain, with those of its edges to other blocks."""
        first = chain[0]
        last = chain[-1]
        start = min([self.ranks[a] + 1 for a in self.predecessors[first]] + [self.ranks[first]])
        end = max([self.ranks[b] - 1 for b in self.successors[last]] + [self.ranks[last]])
        return set(range(start, end + 1))

    def _chains(self):
        """Yield chains of blocks, as lists. A chain continues along the longest path."""
        from_inputs = _longest_paths(self.predecessors)
        to_outputs = _longest_paths(self.successors, reverse=True)
        main_successor = [
            max(targets, key=self._priority(to_outputs), default=None)
            for targets in self.successors
        ]
        next_of = {}
        starts = set(range(self.n_blocks))
        for block in range(self.n_blocks):
            sources = [a for a in self.predecessors[block] if main_successor[a] == block]
            if sources:
                next_of[max(sources, key=self._priority(from_inputs))] = block
                starts.discard(block)
        for block in sorted(starts):
            chain = [block]
            while chain[-1] in next_of:
                chain.append(next_of[chain[-1]])
            yield chain

    def _priority(self, path_lengths):
        """Return a sort key of blocks: on side branches lowest, then by path length."""
        return lambda block: (block not in self.side_blocks, path_lengths[block], -block)


def _longest_paths(neighbors, reverse=False):
    """Return the number of edges of the longest path to each block.

    Args:
        neighbors: predecessors of each block; with `reverse` its successors.
        reverse: whether to return the longest path from each block instead.
    """
    blocks = range(len(neighbors))
    lengths = [0] * len(neighbors)
    for block in reversed(blocks) if reverse else blocks:
        lengths[block] = max((lengths[other] + 1 for other in neighbors[block]), default=0)
    return lengths


def section_starts(heights, n_crossing, n_sections):
    """Return the first rank of each section, for similar heights and few edges across the cuts.

    Args:
        heights: height of each rank with the gap below.
        n_crossing: number of edges that cross the line below each rank.
        n_sections: maximum number of sections.
    """
    mean_height = sum(heights) / n_sections
    bottom = [0.0, *itertools.accumulate(heights)]
    cut_costs = [CROSSING_COST * math.log2(max(n, 1)) for n in n_crossing[: len(heights) - 1]]
    splits = {0: (0.0, [])}  # cost and starts of the best sections of the first ranks
    for _ in range(n_sections):
        splits = _add_section(splits, bottom, [*cut_costs, 0.0], mean_height)
    if len(heights) in splits:
        return splits[len(heights)][1]
    return section_starts(heights, n_crossing, n_sections - 1)


def _add_section(splits, bottom, cut_costs, mean_height):
    """Return the splits with one more section, by number of ranks.

    The later a section ends, the later it starts, as its cost is convex in its height. Therefore
    the best start for the middle end divides the starts to try for the other ends.

    Args:
        splits: dict of numbers of ranks to costs and starts.
        bottom: sum of the heights of the ranks above each line between ranks.
        cut_costs: cost of a cut below each rank.
        mean_height: height of a section without cost.
    """
    longer = {}
    ranges = [(1, len(cut_costs), 0, len(cut_costs))]  # of ends, and of starts to try for them
    while ranges:
        first_end, last_end, first, last = ranges.pop()
        if first_end > last_end:
            continue
        end = (first_end + last_end) // 2
        highest = bisect_left(bottom, bottom[end] - 2 * mean_height)
        candidates = []
        for start in range(max(first, highest), min(last + 1, end)):
            if start in splits:
                cost, starts = splits[start]
                height_cost = ((bottom[end] - bottom[start]) / mean_height - 1) ** 2
                candidates.append((cost + cut_costs[end - 1] + height_cost, [*starts, start]))
        if candidates:
            longer[end] = min(candidates)
            best = longer[end][1][-1]
            ranges += [(first_end, end - 1, first, best), (end + 1, last_end, best, last)]
        else:
            ranges += [(first_end, end - 1, first, last), (end + 1, last_end, first, last)]
    return longer


# Lengths in inches.
LANE = 0.14  # between parallel vertical lines
LEVEL = 0.1  # between parallel horizontal lines
EDGE = 0.17  # from a vertical line to a box
HEAD = 0.19  # from a horizontal line to a box below, with its arrowhead
GAP = 0.25  # between ranks
COLUMN_GAP = 0.3
MARGIN = 0.06
PORT = 0.3  # from the center of a box to the lines that enter it off center
MAX_WIDTH = 12  # of a new figure
MAX_HEIGHT = 7.5  # of a new figure
MAX_SECTIONS = 16


@dataclass(frozen=True)
class Layout:
    """Geometry of a model graph, in inches; y increases upwards.

    Attributes:
        width, height: size of the graph.
        rectangles: (left, bottom, width, height) of each block.
        lines: dict of edges to lists of corners, (x, y).
    """

    width: float
    height: float
    rectangles: list
    lines: dict


def lay_out(boxes, edges, size=None, bottom_margin=0.0):
    """Return the `Layout` of a graph, with the number of sections that fits best.

    Args:
        boxes: a `mlcourse.figures.model_graph.boxes.Box` for each block.
        edges: pairs of indices of blocks, (source, target).
        size: width and height of the Axes; None for a new figure.
        bottom_margin: margin at the bottom, in inches.
    """
    side_blocks = {number for number, box in enumerate(boxes) if box.is_side_branch}
    layering = Layering(len(boxes), edges, side_blocks)
    boxes = of_equal_width(boxes, layering.columns)
    heights = [max(boxes[block].height for block in row) + GAP for row in layering.rows]
    layouts = []
    for n_sections in range(1, min(MAX_SECTIONS, len(heights)) + 1):
        starts = section_starts(heights, layering.n_crossing, n_sections)
        geometry = _Geometry(boxes, layering, Routes(layering, starts))
        layouts.append(geometry.layout(bottom_margin))
        is_small = layouts[-1].width <= MAX_WIDTH and layouts[-1].height <= MAX_HEIGHT
        if size is None and is_small:
            return layouts[-1]
    width, height = size or (MAX_WIDTH, MAX_HEIGHT)
    return min(layouts, key=lambda layout: max(layout.width / width, layout.height / height))


class _Geometry:
    """Compute the positions of blocks and routes: first x, then y.

    Args:
        boxes: a `Box` for each block.
        layering: the `Layering`.
        routes: the `Routes`.
    """

    def __init__(self, boxes, layering, routes):
        self._boxes = boxes
        self._layering = layering
        self._routes = routes
        self._lanes = routes.lanes()
        self._centers, self._channels, self._width = self._horizontal_positions()
        self._levels = self._assign_levels()
        self._tops, self._row_heights, self._depth = self._vertical_positions()

    def _horizontal_positions(self):
        """Return the center of each column, the left edge of each channel, and the width."""
        centers = {}
        channels = {}
        x = MARGIN
        widths = defaultdict(float)
        for block, box in enumerate(self._boxes):
            column = self._layering.columns[block]
            widths[column] = max(widths[column], box.width)
        for section, columns in enumerate(self._routes.columns):
            if section > 0:
                x += COLUMN_GAP
            for number, column in enumerate([*columns, None]):
                n_lanes = len(set(self._lanes.get((section, number), {}).values()))
                is_outer = number in (0, len(columns))
                channels[section, number] = x
                if n_lanes:
                    x += EDGE * (2 - is_outer) + LANE * max(n_lanes - 1, 0)
                elif not is_outer:
                    x += COLUMN_GAP
                if column is not None:
                    centers[section, column] = x + widths[column] / 2
                    x += widths[column]
        return centers, channels, x + MARGIN

    def _assign_levels(self):
        """Return the level of each horizontal line, by its gap and kind."""
        spans = defaultdict(lambda: defaultdict(list))
        for path in self._routes.paths.values():
            for x, (kind, block) in path:
                if kind in ("from", "to", "over"):
                    spans[self._gap(kind, block), kind][block].append(self._x(*x))
        return {gap: assign_lanes(lines) for gap, lines in spans.items()}

    @cached_property
    def _level_counts(self):
        """The number of levels of horizontal lines, by gap and kind."""
        return {gap: len(set(levels.values())) for gap, levels in self._levels.items()}

    def _gap(self, kind, block):
        """Return the rank above the gap of a horizontal line; -1 above all sections."""
        rank = self._routes.position(block)[1]
        return {"from": rank, "to": rank - 1, "over": -1}[kind]

    def _n_levels(self, gap, kind):
        """Return the number of levels of horizontal lines in a gap."""
        return self._level_counts.get((gap, kind), 0)

    def _vertical_positions(self):
        """Return the top and the height of each rank, and the height of the graph."""
        n_over = self._n_levels(-1, "over")
        start = MARGIN
        if n_over:
            start += LEVEL * n_over + HEAD
        tops = []
        row_heights = []
        depth = 0
        for rank, row in enumerate(self._layering.rows):
            if rank in self._routes.starts:
                y = start
            tops.append(y)
            row_heights.append(max(self._boxes[block].height for block in row))
            depth = max(depth, y + row_heights[-1])
            n_levels = self._n_levels(rank, "from") + self._n_levels(rank, "to")
            lines_height = LEVEL * n_levels + HEAD if n_levels else 0
            y += row_heights[-1] + max(GAP, lines_height)
            if self._n_levels(rank, "from"):
                depth = max(depth, y - HEAD)
        return tops, row_heights, depth + MARGIN

    def _x(self, kind, target):
        """Return the x of a corner.

        Args:
            kind: "lane", or a position in a box: "middle", "left", "right" or "port".
            target: for a lane its channel and the source of the line, else the block.
        """
        if kind == "lane":
            channel, source = target
            edge = EDGE if channel[1] else 0
            return self._channels[channel] + edge + LANE * self._lanes[channel][source]
        section, _, column = self._routes.position(target)
        half = self._boxes[target].width / 2
        shifts = {"middle": 0, "left": -half, "right": half, "port": 0}
        if self._routes.enters_off_center(target):
            shifts["port"] = min(PORT, half / 2)
        return self._centers[section, column] + shifts[kind]

    def _y(self, kind, block):
        """Return the distance of a corner from the upper edge.

        Args:
            kind: a position in a box, "top", "bottom" or "center", or a horizontal line in a gap:
                "from" the block, "to" the block, or "over" all sections.
            block: the block.
        """
        rank = self._routes.position(block)[1]
        if kind in ("top", "bottom", "center"):
            half = self._boxes[block].height / 2
            shift = {"top": -half, "bottom": half, "center": 0}[kind]
            return self._tops[rank] + self._row_heights[rank] / 2 + shift
        gap = self._gap(kind, block)
        level = self._levels[gap, kind][block]
        if kind == "over":
            return MARGIN + LEVEL * (self._n_levels(gap, "over") - 1 - level) + 0.02
        if kind == "to":
            level += self._n_levels(gap, "from")
        return self._tops[gap] + self._row_heights[gap] + LEVEL * (level + 1)

    def layout(self, bottom_margin):
        """Return the `Layout`, with a margin at the bottom."""
        height = self._depth + bottom_margin
        rectangles = []
        for block, box in enumerate(self._boxes):
            left = self._x("left", block)
            bottom = height - self._y("bottom", block)
            rectangles.append((left, bottom, box.width, box.height))
        lines = {
            edge: [(self._x(*x), height - self._y(*y)) for x, y in path]
            for edge, path in self._routes.paths.items()
        }
        return Layout(self._width, height, rectangles, lines)
