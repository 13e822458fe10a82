"""Group the layers of a Keras model into blocks, and collapse repeated blocks."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlcourse._core import checks
from mlcourse.figures.model_graph.calls import read_calls
from mlcourse.figures.model_graph.descriptions import (
    count_layers,
    describe_layer,
    follows,
    is_operation,
    kind_of,
)
from mlcourse.figures.model_graph.operations import is_tensor
from mlcourse.figures.model_graph.tracing import is_composite, sublayers

if TYPE_CHECKING:
    import keras


@dataclass
class Block:
    """A layer with the activation, normalization and dropout layers that follow it.

    Attributes:
        kind: "input", "convolution", "pooling", "dense", "recurrent", "attention",
            "embedding", "normalization", "merge", "shape", "model" or "other".
        descriptions: descriptions of its layers, for example "Dense 512", "batch norm", "ReLU".
        layers: names of its layers.
        shapes: shapes of its output tensors, without the batch axis.
        parameters: number of parameters. The first block of a shared layer has its parameters.
        trainable: number of trainable parameters.
        frozen: number of parameters in layers that are not trainable.
        is_side_branch: whether the block is on a side branch, for example the computation of a
            mask.

    Example:
        >>> Block("dense", ["Dense 512", "ReLU"]).title
        'Dense 512 · ReLU'
    """

    kind: str
    descriptions: list
    layers: list = field(default_factory=list)
    shapes: tuple = ()
    parameters: int = 0
    trainable: int = 0
    frozen: int = 0
    is_side_branch: bool = False

    @property
    def title(self) -> str:
        """The descriptions in one line."""
        line = " · ".join(self.descriptions)
        return line[:1].upper() + line[1:]


@dataclass(frozen=True)
class Graph:
    """The blocks of a model and the edges between them.

    Attributes:
        blocks: list of `Block`, in topological order.
        edges: pairs of indices of blocks, (source, target).
        notes: sentences about calls that could not be traced.
        n_tensors: dict of edges to the numbers of their tensors.

    Example:
        >>> blocks = [Block("input", ["Input"]), Block("dense", ["Dense 2"], parameters=6)]
        >>> Graph(blocks, edges=[(0, 1)]).parameters
        6
    """

    blocks: list
    edges: list
    notes: list = field(default_factory=list)
    n_tensors: dict = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Number of parameters of the model, trainable or not."""
        return sum(block.parameters for block in self.blocks)

    @property
    def trainable(self) -> int:
        """Number of trainable parameters."""
        return sum(block.trainable for block in self.blocks)

    @property
    def frozen(self) -> int:
        """Number of parameters in layers that are not trainable."""
        return sum(block.frozen for block in self.blocks)


def graph(
    model: keras.Model,
    x: object = None,
    *,
    expand: bool | int = False,
    collapse_repeats: bool = False,
) -> Graph:
    """Return the `Graph` of a model.

    Each call of a shared layer is a block, described as "shared weights". A nested model is one
    block, unless it is expanded. The call of a subclassed model is traced on symbolic tensors.

    Args:
        model: a Keras model.
        x: example batch for a model that is not built: an array, a `keras.KerasTensor`, or a
            structure of them. None for a built model.
        expand: number of levels of nested models to expand; True for all, False for none.
        collapse_repeats: whether to collapse consecutive equal blocks into one block.

    Returns:
        The `Graph`.

    Raises:
        ValueError: if model is not a Keras model, if it is not built and x is None, or if it
            cannot be called on x.

    >>> from mlcourse import models
    >>> [block.title for block in graph(models.mlp(784, hidden=(512,), dropout=0.5)).blocks]
    ['Input', 'Dense 512 · ReLU · dropout 0.5', 'Dense 10 · softmax']
    """
    calls, notes = read_calls(model, x, expand)
    blocks, block_of = _blocks(model, calls)
    n_tensors = _n_tensors(calls, block_of)
    result = Graph(blocks, list(n_tensors), notes, n_tensors)
    return collapse(result) if checks.flag("collapse_repeats", collapse_repeats) else result


def _blocks(model, calls):
    """Return the blocks of a model, and the index of the block of each call."""
    describer = _Describer(calls)
    weights = _WeightCounter(model)
    n_uses = Counter(source for call in calls for source in {number for number, _ in call.sources})
    blocks = []
    block_of = []
    side_branch = side_branch_calls(calls)
    for number, call in enumerate(calls):
        previous = None  # the call whose block this call joins
        if number in side_branch:
            previous = source_in_chain(call, side_branch, n_uses)
        elif _joins_source(call, calls, n_uses, blocks, block_of):
            previous = call.sources[0][0]
        if previous is None:
            block_of.append(len(blocks))
            blocks.append(Block(_kind(call), [], is_side_branch=number in side_branch))
        else:
            block_of.append(block_of[previous])
        descriptions = describer.describe(call)
        if previous is not None and not follows(call.layer):
            descriptions[0] = descriptions[0][0].lower() + descriptions[0][1:]
        block = blocks[block_of[-1]]
        block.descriptions += descriptions
        block.layers.append(call.name)
        block.shapes = call.shapes
        weights.count(block, getattr(call.layer, "weights", []))
    return blocks + weights.uncounted(), block_of


def _joins_source(call, calls, n_uses, blocks, block_of):
    """Return whether a call belongs to the block of its source, which has no other use."""
    if call.layer is None or len(call.sources) != 1 or not follows(call.layer):
        return False
    source = call.sources[0][0]
    accepts_layers = blocks[block_of[source]].kind not in ("input", "model")
    return n_uses[source] == 1 and not calls[source].is_output and accepts_layers


def _kind(call):
    """Return the kind of the block of a call."""
    if call.layer is None:
        return "input"
    return "model" if is_composite(call.layer) else kind_of(call.layer, len(call.sources))


class _Describer:
    """Describe calls of layers, with the names of several inputs or outputs."""

    def __init__(self, calls):
        self._n_calls = Counter(id(call.layer) for call in calls)
        self._n_inputs = sum(call.layer is None for call in calls)
        self._n_outputs = sum(call.is_output for call in calls)

    def describe(self, call):
        """Return the descriptions of a call, as a list."""
        if call.layer is None:
            return [f"Input {call.name}" if self._n_inputs > 1 else "Input"]
        descriptions = describe_layer(call.layer, call.arguments)
        if is_composite(call.layer) and not hasattr(call.layer, "layers"):
            descriptions.append(count_layers(len(sublayers(call.layer))))
        if self._n_calls[id(call.layer)] > 1 and getattr(call.layer, "weights", []):
            descriptions.append("shared weights")
        if call.is_output and self._n_outputs > 1:
            descriptions.append(f"output {call.name}")
        return [*descriptions, *call.notes]


class _WeightCounter:
    """Count the parameters of a model by block, each parameter once."""

    def __init__(self, model):
        layers = [model, *sublayers(model, recursive=True)]
        frozen = [layer for layer in layers if not layer.trainable]
        self._model = model
        self._trainable_ids = {id(weight) for weight in model.trainable_weights}
        self._frozen_ids = {id(weight) for layer in frozen for weight in layer.weights}
        self._frozen_ids -= self._trainable_ids
        self._counted_ids = set()

    def count(self, block, weights):
        """Add the parameters of uncounted weights to a block."""
        for weight in self._not_counted(weights):
            size = math.prod(weight.shape)
            block.parameters += size
            if id(weight) in self._trainable_ids:
                block.trainable += size
            if id(weight) in self._frozen_ids:
                block.frozen += size
            self._counted_ids.add(id(weight))

    def _not_counted(self, weights):
        """Return the weights that are not counted yet, each once."""
        by_id = {id(weight): weight for weight in weights}
        return [weight for key, weight in by_id.items() if key not in self._counted_ids]

    def uncounted(self):
        """Return a list with a block of the weights outside of all layers; empty without any."""
        weights = self._not_counted(self._model.weights)
        names = dict.fromkeys(weight.name for weight in weights)
        block = Block("other", ["Weights outside layers", *names])
        self.count(block, weights)
        return [block] if weights else []


def _n_tensors(calls, block_of):
    """Return the number of tensors of each edge, by its pair (source, target)."""
    tensors = {
        (block_of[source[0]], block_of[number], source)
        for number, call in enumerate(calls)
        for source in call.sources
    }
    counts = Counter((source, target) for source, target, _ in tensors if source != target)
    return dict(sorted(counts.items()))


def side_branch_calls(calls):
    """Return the numbers of the operations on side branches, such as the computation of masks.

    An operation is on a side branch if each use of its results is a mask, the condition of a
    `where`, or on a side branch. It is also on a side branch if no layer is between the inputs and
    it, and its results are used together with the output of a layer.

    Args:
        calls: list of `Call`, in topological order.
    """
    is_direct = _without_layers(calls)
    uses = [[] for _ in calls]  # of each call: pairs of the number of a user and is_mask
    for number, call in enumerate(calls):
        for (source, _), is_mask in zip(call.sources, _mask_flags(call), strict=False):
            uses[source].append((number, is_mask))
    side_branch = set()
    for number in reversed(range(len(calls))):
        if calls[number].layer is None or not is_operation(calls[number].layer):
            continue
        is_side_use = [
            is_mask
            or user in side_branch
            or (is_direct[number] and _takes_layer_output(calls[user], is_direct))
            for user, is_mask in uses[number]
        ]
        if is_side_use and all(is_side_use) and not calls[number].is_output:
            side_branch.add(number)
    return side_branch


def source_in_chain(call, side_branch, n_uses):
    """Return the source of a call in the same chain of a side branch; None without one.

    The chain has the only source on a side branch, if its only use is the call.

    Args:
        call: a `Call` on a side branch.
        side_branch: numbers of all calls on side branches.
        n_uses: number of uses of each call, by its number.
    """
    sources = {source for source, _ in call.sources if source in side_branch}
    is_chain = len(sources) == 1 and n_uses[min(sources)] == 1
    return min(sources) if is_chain else None


def _without_layers(calls):
    """Return for each call whether only operations are on all paths from the inputs to it."""
    is_direct = []
    for call in calls:
        is_step = call.layer is None or is_operation(call.layer)
        is_direct.append(is_step and all(is_direct[source] for source, _ in call.sources))
    return is_direct


def _takes_layer_output(user, is_direct):
    """Return whether an argument of a call depends on the output of a layer."""
    return any(not is_direct[source] for source, _ in user.sources)


def _mask_flags(call):
    """Return for each tensor argument of a call whether it is a mask or a condition."""
    flags = list(_argument_mask_flags(call.arguments)) or [False] * len(call.sources)
    if type(call.layer).__name__ == "Where" and is_tensor(call.arguments.get("args", [None])[0]):
        flags[0] = True
    return flags


def _argument_mask_flags(part, is_mask=False):
    """Yield for each tensor in arguments whether it is a mask, in the order of `Call.sources`."""
    if is_tensor(part):
        yield is_mask
    elif isinstance(part, dict):
        for name in sorted(part):
            yield from _argument_mask_flags(part[name], is_mask or "mask" in name)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _argument_mask_flags(inner, is_mask)


def collapse(graph):
    """Return a `Graph` in which consecutive equal blocks are one block, with their number.

    Blocks are equal if they have the same descriptions except for names. The parameters of
    collapsed blocks are added.

    Args:
        graph: a `mlcourse.figures.model_graph.Graph`.
    """
    n_outgoing = Counter(source for source, _ in graph.edges)
    n_incoming = Counter(target for _, target in graph.edges)
    first_of = list(range(len(graph.blocks)))  # of each block, the first block of its row
    for source, target in graph.edges:
        is_chain = n_outgoing[source] == n_incoming[target] == 1
        if is_chain and _without_names(graph.blocks[source]) == _without_names(
            graph.blocks[target]
        ):
            first_of[target] = first_of[source]
    rows = {first: [] for first in sorted(set(first_of))}
    for block, first in zip(graph.blocks, first_of, strict=True):
        rows[first].append(block)
    new_index = {first: index for index, first in enumerate(rows)}
    n_tensors = {
        (new_index[first_of[source]], new_index[first_of[target]]): count
        for (source, target), count in graph.n_tensors.items()
        if first_of[source] != first_of[target]
    }
    blocks = [_merged(row) for row in rows.values()]
    return replace(graph, blocks=blocks, edges=list(n_tensors), n_tensors=n_tensors)


def _without_names(block):
    """Return a block without the names of layers and models."""
    descriptions = block.descriptions
    if block.kind == "model" and descriptions[0].startswith("Model "):
        descriptions = descriptions[1:]
    return replace(block, descriptions=descriptions, layers=[])


def _merged(row):
    """Return one block for consecutive equal blocks."""
    if len(row) == 1:
        return row[0]
    first, *descriptions = row[0].descriptions
    last = row[-1].descriptions[0]
    title = first if last == first else f"{first} to {last.removeprefix('Model ')}"
    return replace(
        row[0],
        descriptions=[title, f"{len(row)} in a row", *descriptions],
        layers=[name for block in row for name in block.layers],
        parameters=sum(block.parameters for block in row),
        trainable=sum(block.trainable for block in row),
        frozen=sum(block.frozen for block in row),
    )
