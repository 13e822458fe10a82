"""Blocks of layers and their arrows, without masks, repeated blocks collapsed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlcourse._core import checks
from mlcourse.figures.model_graph.calls import read_calls
from mlcourse.figures.model_graph.operation_words import is_tensor
from mlcourse.figures.model_graph.tracing import is_composite, sublayers
from mlcourse.figures.model_graph.words import follows, is_operation, kind_of, words_of

if TYPE_CHECKING:
    import keras

pass


@dataclass
class Block:
    """A layer, with those that only follow it: activation, normalization, dropout.

    Attributes:
        kind: "input", "convolution", "pooling", "dense", "recurrent", "attention",
            "embedding", "normalization", "merge", "shape", "model" or "other".
        words: what it does, step by step: "Dense 512", "batch norm", "ReLU".
        layers: the names of its layers.
        shapes: of what comes out of it, without the batch; of one tensor, or of several.
        parameters: their number; those of a shared layer are counted where it comes first.
        trainable: the number of trainable parameters.
        frozen: the number of parameters in layers that are not trainable.
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
    trainable: int = 0
    frozen: int = 0
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
        notes: sentences on what could not be traced.
        tensors: the number of tensors that follow an arrow, by arrow.

    Example:
        >>> blocks = [Block("input", ["Input"]), Block("dense", ["Dense 2"], parameters=6)]
        >>> Graph(blocks, arrows=[(0, 1)]).parameters
        6
    """

    blocks: list
    arrows: list
    notes: list = field(default_factory=list)
    tensors: dict = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """The number of parameters of the model, trainable or not."""
        return sum(block.parameters for block in self.blocks)

    @property
    def trainable(self) -> int:
        """The number of trainable parameters."""
        return sum(block.trainable for block in self.blocks)

    @property
    def frozen(self) -> int:
        """The number of parameters in layers that are not trainable."""
        return sum(block.frozen for block in self.blocks)


def graph(
    model: keras.Model,
    x: object = None,
    *,
    expand: bool | int = False,
    collapse_repeats: bool = False,
) -> Graph:
    """Return the `Graph` of a model.

    A layer that is called more than once is a block for each call, which says so. A model within
    the model is one block, unless it is unfolded. The call of a subclassed model is traced on
    symbolic tensors.

    Args:
        model: a Keras model.
        x: an example batch, arrays or `keras.KerasTensor`, or a structure of them, for a model
            that is not built. None if it is.
        expand: how many levels of models within the model to unfold; True for all.
        collapse_repeats: whether equal blocks in a row are one block.

    Raises:
        ValueError: if model is not a Keras model, or is not built and x is None; if the model
            cannot be called on x.

    >>> from mlcourse import models
    >>> [block.title for block in graph(models.mlp(784, hidden=(512,), dropout=0.5)).blocks]
    ['Input', 'Dense 512 · ReLU · dropout 0.5', 'Dense 10 · softmax']
    """
    calls, notes = read_calls(model, x, expand)
    names = _Names(calls)
    weights = _Weights(model)
    uses = Counter(source for call in calls for source in {number for number, _ in call.sources})
    blocks: list[Block] = []
    block_of: list[int] = []
    aside = calls_aside(calls)
    for number, call in enumerate(calls):
        if number in aside:
            before = source_in_chain(call, aside, uses)
        else:
            before = call.sources[0][0] if _joins(call, calls, uses, blocks, block_of) else None
        block_of.append(len(blocks) if before is None else block_of[before])
        if before is None:
            blocks.append(Block(_kind(call), [], is_aside=number in aside))
        block, words = blocks[block_of[-1]], names.words(call)
        if before is not None and not follows(call.layer):
            words[0] = words[0][0].lower() + words[0][1:]
        block.words += words
        block.layers.append(call.name)
        block.shapes = call.shapes
        weights.count(block, getattr(call.layer, "weights", []))
    blocks += weights.rest()
    tensors = _tensors(calls, block_of)
    drawn = Graph(blocks, list(tensors), notes, tensors)
    return collapse(drawn) if checks.flag("collapse_repeats", collapse_repeats) else drawn


def _joins(call, calls, uses, blocks, block_of):
    """Return whether a call belongs to the block of its source: it alone follows there."""
    if call.layer is None or len(call.sources) != 1 or not follows(call.layer):
        return False
    before = call.sources[0][0]
    has_place = blocks[block_of[before]].kind not in ("input", "model")
    return uses[before] == 1 and not calls[before].is_output and has_place


def _kind(call):
    """Return the kind of the block of a call."""
    if call.layer is None:
        return "input"
    return "model" if is_composite(call.layer) else kind_of(call.layer, len(call.sources))


class _Names:
    """What calls do, in words; with names where there are several inputs or outputs."""

    def __init__(self, calls):
        self._calls = Counter(id(call.layer) for call in calls)
        self._inputs = sum(call.layer is None for call in calls)
        self._outputs = sum(call.is_output for call in calls)

    def words(self, call):
        """Return what a call does as a list of words."""
        if call.layer is None:
            return [f"Input {call.name}" if self._inputs > 1 else "Input"]
        words = words_of(call.layer, call.arguments)
        if is_composite(call.layer) and not hasattr(call.layer, "layers"):
            count = len(sublayers(call.layer))
            words.append(f"{count} layer{'s' * (count != 1)}")
        if self._calls[id(call.layer)] > 1 and getattr(call.layer, "weights", []):
            words.append("shared weights")
        if call.is_output and self._outputs > 1:
            words.append(f"output {call.name}")
        return [*words, *call.words]


class _Weights:
    """Counts the parameters of a model, each of them once."""

    def __init__(self, model):
        frozen = [part for part in (model, *sublayers(model, recursive=True)) if not part.trainable]
        self._model = model
        self._trainable = {id(weight) for weight in model.trainable_weights}
        self._frozen = {id(weight) for part in frozen for weight in part.weights}
        self._counted = set()

    def count(self, block, weights):
        """Add the weights that are in no block yet to a block."""
        for weight in self._new(weights):
            size = math.prod(weight.shape)
            block.parameters += size
            block.trainable += size * (id(weight) in self._trainable)
            block.frozen += size * (id(weight) in self._frozen - self._trainable)
            self._counted.add(id(weight))

    def _new(self, weights):
        return {
            id(weight): weight for weight in weights if id(weight) not in self._counted
        }.values()

    def rest(self):
        """Return a block for the weights of a model that are in none of its layers, as a list."""
        weights = list(self._new(self._model.weights))
        names = dict.fromkeys(weight.name for weight in weights)
        block = Block("other", ["Weights outside layers", *names])
        self.count(block, weights)
        return [block] if weights else []


def _tensors(calls, block_of):
    """Return how many tensors lead from one block to another, by their pair of numbers."""
    tensors = {
        (block_of[source[0]], block_of[number], source)
        for number, call in enumerate(calls)
        for source in call.sources
    }
    counts = Counter((source, target) for source, target, _ in tensors if source != target)
    return dict(sorted(counts.items()))


def calls_aside(calls):
    """Return the numbers of the operations whose results are masks, or join the main path.

    An operation is aside if each of its results is a mask where it is used, or the condition of a
    `where`, or is used aside. So is one that inputs and constants lead to without any layer, if
    its results are used together with the output of a layer.

    Args:
        calls: a list of `Call`, each behind its sources.
    """
    is_direct = _direct(calls)
    uses = [[] for _ in calls]  # by the number of a call: who uses it, and whether as a mask
    for number, call in enumerate(calls):
        for (source, _), is_mask in zip(call.sources, _mask_flags(call), strict=False):
            uses[source].append((number, is_mask))
    aside = set()
    for number in reversed(range(len(calls))):
        if calls[number].layer is None or not is_operation(calls[number].layer):
            continue
        joins = [
            is_mask
            or user in aside
            or (is_direct[number] and _takes_layer_output(calls[user], is_direct))
            for user, is_mask in uses[number]
        ]
        if joins and all(joins) and not calls[number].is_output:
            aside.add(number)
    return aside


def source_in_chain(call, aside, n_uses):
    """Return the call aside whose only use is in this one, which is aside too; None if none is.

    Args:
        call: a call that is aside.
        aside: numbers of all calls aside.
        n_uses: by the number of a call, how many others use it.
    """
    sources = {source for source, _ in call.sources if source in aside}
    is_chain = len(sources) == 1 and n_uses[min(sources)] == 1
    return min(sources) if is_chain else None


def _direct(calls):
    """Return for each call whether no layer is on any way from an input to it."""
    direct = []
    for call in calls:
        is_step = call.layer is None or is_operation(call.layer)
        direct.append(is_step and all(direct[source] for source, _ in call.sources))
    return direct


def _takes_layer_output(user, is_direct):
    """Return whether a call takes the output of a layer, too."""
    return any(not is_direct[source] for source, _ in user.sources)


def _mask_flags(call):
    """Return for each tensor that a call takes whether it is a mask or a condition."""
    flags = list(_flags(call.arguments)) or [False] * len(call.sources)
    if type(call.layer).__name__ == "Where" and is_tensor(call.arguments.get("args", [None])[0]):
        flags[0] = True
    return flags


def _flags(part, is_mask=False):
    """Yield for each tensor in arguments, in the order of `Call.sources`, whether it is a mask."""
    if is_tensor(part):
        yield is_mask
    elif isinstance(part, dict):
        for name in sorted(part):
            yield from _flags(part[name], is_mask or "mask" in name)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _flags(inner, is_mask)


def collapse(graph):
    """Return a `Graph` in which equal blocks in a row are one block, which says how many they are.

    Blocks are equal if they say the same but for their names. The parameters of a row are summed.

    Args:
        graph: a `mlcourse.figures.model_graph.Graph`.
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
