"""The order of a graph's blocks: which is how far down, and which stand side by side."""

import math
from bisect import bisect_left
from functools import cached_property

CROSSING = 0.5  # what a cut costs when two arrows cross it, not one; and when four do, not two


class Ranks:
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
