"""Blocks of layers and the arrows between them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcourse.model_graph.aside import calls_aside, source_in_chain
from mlcourse.model_graph.calls import calls_of
from mlcourse.model_graph.kinds import kind_of
from mlcourse.model_graph.words import follows, words_of

if TYPE_CHECKING:
    import keras


@dataclass
class Block:
    """A layer, with those that only follow it: activation, normalization, dropout.

    Attributes:
        kind: "input", "convolution", "pooling", "dense", "recurrent", "attention",
            "embedding", "normalization", "merge", "shape", "model" or "other".
        words: what it does, step by step: "Dense 512", "batch norm", "ReLU".
        layers: the names of its layers.
        shapes: of what comes out of it, without the batch; of one tensor, or of several.
        parameters: how many it has; those of a shared layer are counted where it comes first.
        is_aside: whether it is aside from the main path, as the computation of a mask is.

    Example:
        >>> Block("dense", ["Dense 512", "ReLU"]).title
        'Dense 512 · ReLU'
    """

    kind: str
    words: list
    layers: list = field(default_factory=list)
    shapes: tuple = ()
    parameters: int = 0
    is_aside: bool = False

    @property
    def title(self) -> str:
        """What it does, in one line."""
        line = " · ".join(self.words)
        return line[:1].upper() + line[1:]


@dataclass(frozen=True)
class Graph:
    """The blocks of a model and the arrows between them.

    Attributes:
        blocks: a list of `Block`, each behind those that it depends on.
        arrows: pairs of blocks' numbers: from and to.

    Example:
        >>> blocks = [Block("input", ["Input"]), Block("dense", ["Dense 2"], parameters=6)]
        >>> Graph(blocks, arrows=[(0, 1)]).parameters
        6
    """

    blocks: list
    arrows: list

    @property
    def parameters(self) -> int:
        """How many the model has, those that are not trained too."""
        return sum(block.parameters for block in self.blocks)


def graph(model: keras.Model) -> Graph:
    """Returns the `Graph` of a model.

    A layer that is applied more than once is a block each time, which says so. A model within the
    model is one block.

    Args:
        model: a built Keras model, Sequential or functional.

    Raises:
        ValueError: if it is anything else, or is not built.

    >>> from mlcourse import models
    >>> [block.title for block in graph(models.mlp(784, hidden=(512,), dropout=0.5)).blocks]
    ['Input', 'Dense 512 · ReLU · dropout 0.5', 'Dense 10 · softmax']
    """
    calls = calls_of(model)
    uses = Counter(source for call in calls for source in set(call.sources))
    names = Counter(call.name for call in calls)
    inputs = sum(call.layer is None for call in calls)
    outputs = sum(call.is_output for call in calls)
    blocks: list[Block] = []
    block_of: list[int] = []
    seen: set[int] = set()
    aside = calls_aside(calls)
    for number, call in enumerate(calls):
        if number in aside:
            before = source_in_chain(call, aside, uses)
        else:
            before = call.sources[0] if _joins(call, calls, uses, blocks, block_of) else None
        joins = before is not None
        block_of.append(len(blocks) if before is None else block_of[before])
        words = _words(call, shared=names[call.name] > 1, inputs=inputs, outputs=outputs)
        if not joins:
            is_input = call.layer is None
            kind = "input" if is_input else kind_of(call.layer, len(call.sources))
            blocks.append(Block(kind, [], is_aside=number in aside))
        block = blocks[block_of[-1]]
        if joins and not follows(call.layer):
            words[0] = words[0][0].lower() + words[0][1:]
        block.words += words
        block.layers.append(call.name)
        block.shapes = call.shapes
        block.parameters += _count(call.layer, seen)
    return Graph(blocks, _arrows(calls, block_of))


def _joins(call, calls, uses, blocks, block_of):
    """Whether a call belongs to the block of the one before it: it alone follows there."""
    if call.layer is None or len(call.sources) != 1 or not follows(call.layer):
        return False
    before = call.sources[0]
    is_input = blocks[block_of[before]].kind == "input"
    return uses[before] == 1 and not calls[before].is_output and not is_input


def _words(call, shared, inputs, outputs):
    """Returns what a call does; where there are several inputs or outputs, also which it is."""
    if call.layer is None:
        return [f"Input {call.name}" if inputs > 1 else "Input"]
    words = words_of(call.layer, call.arguments)
    if shared and getattr(call.layer, "weights", []):
        words.append("shared weights")
    return [*words, f"output {call.name}"] if call.is_output and outputs > 1 else words


def _count(layer, seen):
    """Returns how many parameters a layer has that have not been seen before."""
    new = {id(weight): weight for weight in getattr(layer, "weights", []) if id(weight) not in seen}
    seen.update(new)
    return sum(math.prod(weight.shape) for weight in new.values())


def _arrows(calls, block_of):
    pairs = [
        (block_of[source], block_of[number])
        for number, call in enumerate(calls)
        for source in call.sources
    ]
    return sorted({(source, target) for source, target in pairs if source != target})
