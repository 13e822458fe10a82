"""Layers of attention in words: whether a sequence attends to itself, or to another one."""

from mlcourse.model_graph.class_words import class_words
from mlcourse.model_graph.operation_words import is_tensor, origin

NAMES = {
    "MultiHeadAttention": "Multi-head",
    "GroupedQueryAttention": "Grouped-query",
    "AdditiveAttention": "Additive",
    "DotProductAttention": "Dot-product",
    "Attention": "",
}


def attention_words(layer, arguments):
    """Return the kind of attention with its heads, and whether it has a causal mask.

    Args:
        layer: a layer of attention, or the operation.
        arguments: of its call, {"args": ..., "kwargs": ...}; if empty, nothing is said of where
            keys and values are from.

    >>> class MultiHeadAttention:
    ...     num_heads = 8
    >>> x = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    >>> attention_words(MultiHeadAttention(), {"args": (x, x), "kwargs": {}})
    ['Multi-head self-attention, 8 heads']
    """
    name, options = type(layer).__name__, arguments.get("kwargs", {})
    if name in NAMES:
        text = " ".join(filter(None, [NAMES[name], _direction(arguments) + "attention"]))
    else:
        text = class_words(name)
    heads = getattr(layer, "num_heads", getattr(layer, "num_query_heads", None))
    shared = getattr(layer, "num_key_value_heads", None)
    text += "" if heads is None else f", {heads} head{'s' * (heads != 1)}"
    text += "" if shared is None else f", {shared} for keys and values"
    is_causal = options.get("use_causal_mask") or options.get("is_causal")
    return [text[0].upper() + text[1:], *(["causal mask"] if is_causal else [])]


def _direction(arguments):
    """Return "self-" if the query and its keys or values are one tensor, "cross-" if they are not.

    Three tensors that all differ may well be made from one: of these nothing is said.
    """
    query, *others = _query_and_others(arguments)
    if query is None or not others:
        return ""
    if query in others:
        return "self-"
    return "cross-" if len(set(others)) == 1 else ""


def _query_and_others(arguments):
    """Return the query, the value and the key, each by what it is the output of."""
    given, options = list(arguments.get("args", ())), arguments.get("kwargs", {})
    first = given[0] if given else options.get("inputs")
    if isinstance(first, list | tuple):  # of layers that take them in one list
        given, options = list(first), {}
    names = ("query", "value", "key")
    positional = dict(zip(names, given, strict=False))
    tensors = [positional.get(name, options.get(name)) for name in names]
    return [origin(tensor) for tensor in tensors if is_tensor(tensor)] or [None]
