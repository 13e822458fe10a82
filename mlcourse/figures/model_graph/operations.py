"""Describe operations and attention layers in words, with their constants and axes."""

import inspect
import re

import numpy as np

NAME_PART = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z](?![a-z])|\d+")
CLASS_NAMES = {
    "Abs": "Absolute value",
    "Absolute": "Absolute value",
    "Amax": "Maximum",
    "Amin": "Minimum",
    "Arctan2": "Arctan2",
    "AugMix": "AugMix",
    "CDist": "Pairwise distances",
    "CTCDecode": "CTC decoding",
    "Cbrt": "Cube root",
    "Conj": "Complex conjugate",
    "Conjugate": "Complex conjugate",
    "Cumprod": "Cumulative product",
    "Cumsum": "Cumulative sum",
    "CutMix": "CutMix",
    "Deg2rad": "Degrees to radians",
    "Det": "Determinant",
    "DivideNoNan": "Divide, 0 where the divisor is 0",
    "Dot": "Dot product",
    "DotProductAttention": "Dot-product attention",
    "Exp2": "2 to the power of it",
    "ExpandDims": "Expand dimensions",
    "Expm1": "Exp minus 1",
    "FFT2": "2-D FFT",
    "Fabs": "Absolute value",
    "FloorDivide": "Divide, rounded down",
    "Fmax": "Maximum",
    "Fmin": "Minimum",
    "Fmod": "Remainder",
    "ForiLoop": "For loop",
    "GreaterEqual": "Greater or equal",
    "I0": "Bessel function",
    "IFFT2": "Inverse 2-D FFT",
    "IRFFT": "Inverse real FFT",
    "ISTFT": "Inverse STFT",
    "InTopK": "In the top k",
    "Inv": "Inverse matrix",
    "JaxLayer": "JAX layer",
    "LessEqual": "Less or equal",
    "Log10": "Log10",
    "Log1p": "Log of 1 + x",
    "Log2": "Log2",
    "Logaddexp2": "Log2-add-exp2",
    "Logsumexp": "Log-sum-exp",
    "LuFactor": "LU factorization",
    "Matmul": "Matrix product",
    "Max": "Maximum",
    "MaxNumBoundingBoxes": "Limit of bounding boxes",
    "Min": "Minimum",
    "MixUp": "MixUp",
    "Mod": "Remainder",
    "Moveaxis": "Move axis",
    "NanToNum": "Replace NaN",
    "Prod": "Product",
    "RandAugment": "RandAugment",
    "RandomGaussianBlur": "Random Gaussian blur",
    "Qr": "QR factorization",
    "RFFT": "Real FFT",
    "Rad2deg": "Radians to degrees",
    "Rot90": "Rotation by 90 degrees",
    "Rsqrt": "1 / square root",
    "Sqrt": "Square root",
    "Std": "Standard deviation",
    "SVD": "Singular value decomposition",
    "Swapaxes": "Swap axes",
    "TopK": "Top k",
    "Tril": "Lower triangle",
    "Triu": "Upper triangle",
    "Var": "Variance",
    "Vdot": "Dot product",
}


def readable_class_name(name):
    """Return the name of a class in words: "GlobalMaxPooling2D" is "Global max pooling"."""
    if name in CLASS_NAMES:
        return CLASS_NAMES[name]
    shorter = re.sub(r"\dD", "", name).replace("UpSampling", "Upsampling")
    parts = NAME_PART.findall(re.sub("(.+)Transpose$", r"Transposed\1", shorter))
    first, *others = parts or [name]
    words = [part if part.isupper() else part.lower() for part in others]
    return " ".join([first[0].upper() + first[1:], *words])


PHRASES = {
    "Add": ("Add {}", "Add {}"),
    "Subtract": ("Subtract {}", "Subtract from {}"),
    "Multiply": ("Multiply by {}", "Multiply by {}"),
    "Divide": ("Divide by {}", "Divide {} by it"),
    "FloorDivide": ("Divide by {}, rounded down", "Divide {} by it, rounded down"),
    "Mod": ("Remainder after division by {}", "Remainder of {}"),
    "Power": ("To the power of {}", "{} to the power of it"),
    "Equal": ("Equal to {}", "Equal to {}"),
    "NotEqual": ("Not equal to {}", "Not equal to {}"),
    "Greater": ("Greater than {}", "Less than {}"),
    "GreaterEqual": ("At least {}", "At most {}"),
    "Less": ("Less than {}", "Greater than {}"),
    "LessEqual": ("At most {}", "At least {}"),
}
"""Phrases for operations with a constant: as the second argument, and as the first argument."""
SETTINGS = {
    "Clip": (" from {} to {}", "x_min", "x_max"),
    "Cast": (" to {}", "dtype"),
    "Einsum": (" {}", "subscripts"),
    "OneHot": (", {} classes", "num_classes"),
    "Transpose": (" {}", "axes"),
}
"""Text after the name of an operation, and the attributes in it."""


def describe_operation(operation, arguments):
    """Return the description of an operation, with its constant and its axis.

    Args:
        operation: an operation of Keras, or a layer that merges tensors.
        arguments: arguments of the call, {"args": ..., "kwargs": ...}; may be empty.

    >>> class Divide:
    ...     pass
    >>> tensor = {"class_name": "__keras_tensor__"}
    >>> describe_operation(Divide(), {"args": (tensor, 2.0)}), describe_operation(Divide(), {})
    ('Divide by 2', 'Divide')
    """
    name = type(operation).__name__.replace("TrueDivide", "Divide")
    operands = [] if name in ("GetItem", "Slice") else list(_operands(arguments))
    constants = [operand for operand in operands if not is_tensor(operand)]
    tensors = [operand for operand in operands if is_tensor(operand)]
    text = readable_class_name(name) + _settings(name, operation)
    if name in PHRASES and len(operands) == 2 and len(constants) == 1:
        constant_second, constant_first = PHRASES[name]
        phrase = constant_first if is_tensor(operands[1]) else constant_second
        text = phrase.format(format_constant(constants[0]))
    elif name in PHRASES and len(tensors) == 2 and origin(tensors[0]) == origin(tensors[1]):
        text = PHRASES[name][0].format("itself")
    elif name == "Where" and len(operands) == 3:
        for role, value in zip(("if", "then", "else"), operands, strict=True):
            if not is_tensor(value):
                text += f", {role} {format_constant(value)}"
    elif constants:
        text += " with " + " and ".join(format_constant(constant) for constant in constants)
    return text + _axis(name, operation, max(map(_rank, tensors), default=0))


def is_tensor(value):
    """Return whether an argument of a call is a tensor of the model, not a constant."""
    if isinstance(value, dict):
        return value.get("class_name") == "__keras_tensor__"
    return type(value).__name__ == "KerasTensor"


def origin(tensor):
    """Return a unique key of a tensor: the call and the index of its output, or its id."""
    return tuple(tensor["config"]["keras_history"]) if isinstance(tensor, dict) else id(tensor)


def format_constant(value):
    """Return a number as text, an array as its shape.

    >>> format_constant(-1e9), format_constant([[1, 2]])
    ('-1e9', 'an array (1, 2)')
    """
    if isinstance(value, dict):  # the configuration of an array
        value = value["config"]["value"]
    shape = tuple(getattr(value, "shape", None) or np.shape(value))
    if shape:
        return f"an array {shape}"
    return re.sub(r"e([+-])0*", lambda match: "e" + match[1].strip("+"), f"{float(value):g}")


def _operands(part):
    """Yield the tensors and constants in the arguments of a call, in order."""
    if is_tensor(part) or _is_constant(part):
        yield part
    elif isinstance(part, dict | list | tuple):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _operands(inner)


def _is_constant(value):
    """Return whether an argument is a number, an array, or the configuration of an array."""
    if isinstance(value, dict):
        return value.get("class_name") in ("__numpy__", "__tensor__")
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, int | float) for item in value)
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return is_array or (isinstance(value, int | float) and not isinstance(value, bool))


def _rank(tensor):
    """Return the number of axes of a tensor, including the batch axis."""
    if isinstance(tensor, dict):
        return len(tensor.get("config", {}).get("shape", ()))
    return len(tensor.shape)


def _settings(name, operation):
    """Return the settings of an operation as text, except for its axis."""
    text, *attributes = SETTINGS.get(name, ("",))
    values = [getattr(operation, attribute, None) for attribute in attributes]
    if any(value is None for value in values):
        return ""
    return text.format(*(format_constant(v) if isinstance(v, int | float) else v for v in values))


def _axis(name, operation, rank):
    """Return the axis of an operation as text; empty for the default axis.

    Args:
        name: class of the operation. The default of "Concatenate" is the last axis.
        operation: the operation.
        rank: number of axes of its input.
    """
    parameter = inspect.signature(type(operation)).parameters.get("axis")
    axis = getattr(operation, "axis", None)
    if parameter is None or axis is None:
        return ""
    default = -1 if name == "Concatenate" else parameter.default
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    first_from_end = [number - rank for number in axes[:1]]
    if default == axis or default in first_from_end:
        return ""
    noun = "axis" if len(axes) == 1 else "axes"
    return f", {noun} " + ", ".join(map(str, axes))


ATTENTION_NAMES = {
    "MultiHeadAttention": "Multi-head",
    "GroupedQueryAttention": "Grouped-query",
    "AdditiveAttention": "Additive",
    "DotProductAttention": "Dot-product",
    "Attention": "",
}


def describe_attention(layer, arguments):
    """Return the kind of attention with its number of heads, and "causal mask" if it has one.

    Args:
        layer: an attention layer, or the operation.
        arguments: arguments of its call, {"args": ..., "kwargs": ...}. If empty, the description
            does not distinguish self-attention from cross-attention.

    Returns:
        A list of one or two descriptions.

    >>> class MultiHeadAttention:
    ...     num_heads = 8
    >>> x = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    >>> describe_attention(MultiHeadAttention(), {"args": (x, x), "kwargs": {}})
    ['Multi-head self-attention, 8 heads']
    """
    name = type(layer).__name__
    text = readable_class_name(name)
    if name in ATTENTION_NAMES:
        text = f"{ATTENTION_NAMES[name]} {_attention_prefix(arguments)}attention".strip()
    n_heads = getattr(layer, "num_heads", getattr(layer, "num_query_heads", None))
    n_key_value_heads = getattr(layer, "num_key_value_heads", None)
    if n_heads is not None:
        text += ", 1 head" if n_heads == 1 else f", {n_heads} heads"
    if n_key_value_heads is not None:
        text += f", {n_key_value_heads} for keys and values"
    descriptions = [text[0].upper() + text[1:]]
    options = arguments.get("kwargs", {})
    if options.get("use_causal_mask") or options.get("is_causal"):
        descriptions.append("causal mask")
    return descriptions


def _attention_prefix(arguments):
    """Return "self-" if query and keys or values are the same tensor, "cross-" if they are not.

    Return an empty text if all three differ, as they may be computed from the same tensor.
    """
    query, *others = _attention_inputs(arguments)
    if query is None or not others:
        return ""
    if query in others:
        return "self-"
    return "cross-" if len(set(others)) == 1 else ""


def _attention_inputs(arguments):
    """Return the origins of the query, the value and the key; [None] without tensors."""
    args = list(arguments.get("args", ()))
    kwargs = arguments.get("kwargs", {})
    first = args[0] if args else kwargs.get("inputs")
    if isinstance(first, list | tuple):  # some layers have one list of inputs
        args = list(first)
        kwargs = {}
    names = ("query", "value", "key")
    positional = dict(zip(names, args, strict=False))
    tensors = [positional.get(name, kwargs.get(name)) for name in names]
    return [origin(tensor) for tensor in tensors if is_tensor(tensor)] or [None]
