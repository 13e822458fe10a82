"""Names of layer classes, operations and attention layers in words."""

import inspect
import re

import numpy as np

PART = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z](?![a-z])|\d+")
NAMES = {
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


def class_words(name):
    """Return the name of a class in words: "GlobalMaxPooling2D" is "Global max pooling"."""
    if name in NAMES:
        return NAMES[name]
    shorter = re.sub(r"\dD", "", name).replace("UpSampling", "Upsampling")
    parts = PART.findall(re.sub("(.+)Transpose$", r"Transposed\1", shorter))
    first, *others = parts or [name]
    words = [part if part.isupper() else part.lower() for part in others]
    return " ".join([first[0].upper() + first[1:], *words])


PHRASES = {  # the constant stands behind the tensor; or before it
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
SETTINGS = {  # what follows the name, and the attributes of the operation that it says
    "Clip": (" from {} to {}", "x_min", "x_max"),
    "Cast": (" to {}", "dtype"),
    "Einsum": (" {}", "subscripts"),
    "OneHot": (", {} classes", "num_classes"),
    "Transpose": (" {}", "axes"),
}


def operation_words(operation, arguments):
    """Return what an operation computes, with its constant and its axis.

    Args:
        operation: an operation of Keras, or a layer that merges tensors.
        arguments: of the call, {"args": ..., "kwargs": ...}; may be empty.

    >>> class Divide:
    ...     pass
    >>> tensor = {"class_name": "__keras_tensor__"}
    >>> operation_words(Divide(), {"args": (tensor, 2.0)}), operation_words(Divide(), {})
    ('Divide by 2', 'Divide')
    """
    name = type(operation).__name__.replace("TrueDivide", "Divide")
    operands = [] if name in ("GetItem", "Slice") else list(_operands(arguments))
    constants = [operand for operand in operands if not is_tensor(operand)]
    tensors = [operand for operand in operands if is_tensor(operand)]
    text = class_words(name) + _settings(name, operation)
    if name in PHRASES and len(operands) == 2 and len(constants) == 1:
        text = PHRASES[name][is_tensor(operands[1])].format(constant_words(constants[0]))
    elif name in PHRASES and len(tensors) == 2 and origin(tensors[0]) == origin(tensors[1]):
        text = PHRASES[name][0].format("itself")
    elif name == "Where" and len(operands) == 3:
        for part, value in zip(("if", "then", "else"), operands, strict=True):
            text += "" if is_tensor(value) else f", {part} {constant_words(value)}"
    elif constants:
        text += " with " + " and ".join(constant_words(constant) for constant in constants)
    return text + _axis(name, operation, max(map(_rank, tensors), default=0))


def is_tensor(value):
    """Return whether an argument of a call is a tensor of the model, and no constant."""
    if isinstance(value, dict):
        return value.get("class_name") == "__keras_tensor__"
    return type(value).__name__ == "KerasTensor"


def origin(tensor):
    """Return what tells a tensor from others: a model's configuration says whose output it is."""
    return tuple(tensor["config"]["keras_history"]) if isinstance(tensor, dict) else id(tensor)


def constant_words(value):
    """Return a number as it is, and an array by its shape.

    >>> constant_words(-1e9), constant_words([[1, 2]])
    ('-1e9', 'an array (1, 2)')
    """
    if isinstance(value, dict):  # as Keras saves an array
        value = value["config"]["value"]
    shape = tuple(getattr(value, "shape", None) or np.shape(value))
    if shape:
        return f"an array {shape}"
    return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{float(value):g}")


def _operands(part):
    """Yield the tensors and the constants in the arguments of a call, in their order."""
    if is_tensor(part) or _is_constant(part):
        yield part
    elif isinstance(part, dict | list | tuple):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _operands(inner)


def _is_constant(value):
    """Return whether an argument is a number or an array, as it is or as Keras saves it."""
    if isinstance(value, dict):
        return value.get("class_name") in ("__numpy__", "__tensor__")
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, int | float) for item in value)
    is_array = hasattr(value, "shape") and hasattr(value, "dtype")
    return is_array or (isinstance(value, int | float) and not isinstance(value, bool))


def _rank(tensor):
    """Return the number of axes of a tensor, that of the batch included."""
    return len(
        tensor.get("config", {}).get("shape", ()) if isinstance(tensor, dict) else tensor.shape
    )


def _settings(name, operation):
    """Return what an operation is told, but for its axis."""
    text, *attributes = SETTINGS.get(name, ("",))
    values = [getattr(operation, attribute, None) for attribute in attributes]
    if any(value is None for value in values):
        return ""
    return text.format(*(constant_words(v) if isinstance(v, int | float) else v for v in values))


def _axis(name, operation, rank):
    """Return the axis of an operation, unless it is the default, or the last one in a join."""
    parameter = inspect.signature(type(operation)).parameters.get("axis")
    axis = getattr(operation, "axis", None)
    if parameter is None or axis is None:
        return ""
    default = -1 if name == "Concatenate" else parameter.default
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    if default in (axis, *(one - rank for one in axes[:1])):
        return ""
    return f", ax{'i' if len(axes) == 1 else 'e'}s " + ", ".join(map(str, axes))


pass

ATTENTION_NAMES = {
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
    if name in ATTENTION_NAMES:
        text = " ".join(filter(None, [ATTENTION_NAMES[name], _direction(arguments) + "attention"]))
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
