"""Equal blocks that follow each other, as one block."""

from collections import Counter
from dataclasses import replace


def collapse(graph):
    """Return a `Graph` in which equal blocks in a row are one block, which says how many they are.

    Blocks are equal if they say the same but for their names. The parameters of a row are summed.

    Args:
        graph: a `mlcourse.model_graph.Graph`.
    """
    leaving = Counter(source for source, _ in graph.arrows)
    arriving = Counter(target for _, target in graph.arrows)
    row_of = list(range(len(graph.blocks)))  # the first block of each one's row
    for source, target in graph.arrows:
        is_alone = leaving[source] == arriving[target] == 1
        if is_alone and _described(graph.blocks[source]) == _described(graph.blocks[target]):
            row_of[target] = row_of[source]
    firsts = sorted(set(row_of))
    rows = [[graph.blocks[k] for k in range(len(row_of)) if row_of[k] == first] for first in firsts]
    numbers = {first: number for number, first in enumerate(firsts)}
    tensors = {
        (numbers[row_of[source]], numbers[row_of[target]]): count
        for (source, target), count in graph.tensors.items()
        if row_of[source] != row_of[target]
    }
    return replace(
        graph, blocks=[_merged(row) for row in rows], arrows=list(tensors), tensors=tensors
    )


def _described(block):
    """Return what a block says, without the name of a model."""
    named = block.kind == "model" and block.words[0].startswith("Model ")
    return replace(block, words=block.words[named:], layers=[])


def _merged(row):
    """Return one block for equal blocks in a row."""
    if len(row) == 1:
        return row[0]
    first, *words = row[0].words
    last = row[-1].words[0]
    title = first if last == first else f"{first} to {last.removeprefix('Model ')}"
    return replace(
        row[0],
        words=[title, f"{len(row)} in a row", *words],
        layers=[name for block in row for name in block.layers],
        parameters=sum(block.parameters for block in row),
        trainable=sum(block.trainable for block in row),
        frozen=sum(block.frozen for block in row),
    )
