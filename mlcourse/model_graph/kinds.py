"""Families of layers, by the name of the class of Keras that a layer is or extends."""

import re

KINDS = {
    "recurrent": r"RNN|SimpleRNN|LSTM|GRU|ConvLSTM\dD|\w+(RNN|LSTM|GRU)Cells?"
    r"|Bidirectional|TimeDistributed",
    "convolution": r"(Separable|Depthwise)?Conv(\dD)?(Transpose)?",
    "pooling": r"(Global|Adaptive)?(Max|Average)Pool(ing\dD)?",
    "dense": r"(Einsum)?Dense",
    "attention": r"(MultiHead|Additive|GroupedQuery|DotProduct)?Attention",
    "embedding": r"(Reversible)?Embedding",
    "normalization": r"(Batch|Layer|Group|Unit|RMS|Spectral)?Normalization"
    r"|(Batch|Layer|RMS)Norm|Normalize|Rescaling",
    "shape": r"Flatten|Reshape|Permute|RepeatVector|(ZeroPadding|Cropping|UpSampling)\dD|Resizing"
    r"|CenterCrop|Ravel|Transpose|ExpandDims|Squeeze|Swapaxes|Moveaxis|Pad|Repeat|BroadcastTo"
    r"|Tile|Resize",
}
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "Concatenate")


def class_names(layer):
    """Return the names of a layer's class and of those that it extends."""
    return [parent.__name__ for parent in type(layer).__mro__]


def is_operation(layer):
    """Return whether a step of a graph is a function of `keras.ops`, which has no weights."""
    return not hasattr(layer, "weights") and "Operation" in class_names(layer)


def kind_of(layer, inputs=1):
    """Return the family of a layer: "convolution", "pooling", "dense", "merge", and so on.

    Args:
        layer: the layer; a model within the model is one, of the kind "model".
        inputs: number of its input tensors: what merges them takes two at least.
    """
    if hasattr(layer, "layers"):
        return "model"
    names = class_names(layer)
    for name in names:
        for kind, pattern in KINDS.items():
            if re.fullmatch(pattern, name):
                return kind
    merges = is_operation(layer) or any(name in MERGES for name in names)
    return "merge" if inputs > 1 and merges else "other"
