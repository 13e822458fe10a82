"""The data of a search or of a table: a dict of parts, each a pair of examples and targets."""

import keras

from mlcourse import checks, fit_data


def check(data, needed, allowed=(), for_fit=False):
    """Returns the data, in the order of its parts' names here, if it is what it must be.

    It must have the parts that are needed, and each must be a pair of one length.

    Args:
        data: a dict such as {"train": (x, y), "validation": (x, y)}; x and y as `model.fit` takes
            them: arrays, or lists and dicts of arrays.
        needed: names of the parts that there must be.
        allowed: names of those that there may be besides.
        for_fit: whether a part may also have sample weights, or be a dataset of batches.

    Raises:
        ValueError: for anything else.
    """
    known = [*needed, *allowed]
    rule = f"data must be a dict of {', '.join(needed)}, each a pair (x, y)"
    if not isinstance(data, dict):
        raise ValueError(f"{rule}. Got {type(data).__name__} instead.")
    for name in data:
        checks.choice("each part of data", name, known)
    for name in needed:
        if name not in data:
            raise ValueError(f"{rule}. Got {', '.join(data) or 'none'} instead.")
    for name, part in data.items():
        if for_fit and hasattr(part, "__next__"):
            rule = f"{name} in data must be re-iterable, for example arrays"
            raise ValueError(f"{rule}. Got a {type(part).__name__} instead.")
        if for_fit and is_batches(part):
            continue
        if not isinstance(part, tuple | list) or len(part) not in ((2, 3) if for_fit else (2,)):
            pair = "a pair (x, y)"
            if for_fit:
                pair += ", with sample weights (x, y, sample_weight), or a dataset"
            raise ValueError(f"{name} in data must be {pair}. Got {_kind(part)} instead.")
        _check_lengths(name, *part)
    return {name: data[name] for name in known if name in data}


def compiled(model):
    """Returns what a function `build` gave, if it is a model that can be trained."""
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(f"build must return a compiled Keras model. Got {model!r} instead.")
    return model


def logged(model, data):
    """Returns the names of what a model says of its data, of which two examples a part are tried.

    So a part that does not fit the model is found before anything is trained.
    """
    for name, part in data.items():
        if not is_batches(part):
            fit_data.check(model, *part, part=f" of {name}")
    said = [_evaluated(model, *first(part)) for part in data.values()]
    return list(said[0])


def first(part):
    """Returns the first two examples and targets of a part, and their sample weights if any."""
    if is_batches(part):
        batch = next(iter(part), None)
        if batch is None:
            raise ValueError("a dataset must have at least one batch. Got an empty one instead.")
        part = batch if isinstance(batch, tuple | list) else (batch,)
    return [keras.tree.map_structure(lambda array: array[:2], one) for one in part]


def is_batches(part):
    """Whether a part is a dataset of batches, or another re-iterable object that gives them."""
    is_arrays = isinstance(part, tuple | list | dict | str | bytes) or hasattr(part, "shape")
    return checks.is_dataset(part) or (hasattr(part, "__iter__") and not is_arrays)


def fit_arguments(data):
    """Returns the arguments of `model.fit` for the parts "train" and "validation"."""
    train, validation = data["train"], data["validation"]
    if is_batches(validation):
        options = {"validation_data": _dataset(validation)}
    else:
        options = {"validation_data": tuple(validation)}
    if is_batches(train):
        dataset = _dataset(train)
        if not isinstance(dataset, keras.utils.PyDataset):  # others shuffle by themselves, or not
            options["shuffle"] = False
        return {"x": dataset, **options}
    return dict(zip(("x", "y", "sample_weight"), train, strict=False)) | options


class _Batches(keras.utils.PyDataset):
    """The batches of a re-iterable object, from a new iterator in each epoch."""

    def __init__(self, source):
        super().__init__()
        self._source, self._iterator = source, iter(())
        self._count = sum(1 for _ in source)

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        """Returns the next batch: their order is that of the source, whatever the index."""
        try:
            return next(self._iterator)
        except StopIteration:
            self._iterator = iter(self._source)
            return next(self._iterator)


def _dataset(part):
    return part if checks.is_dataset(part) else _Batches(part)


def _evaluated(model, x, y=None, sample_weight=None):
    return model.evaluate(x, y, sample_weight=sample_weight, return_dict=True, verbose=0)


def _check_lengths(name, x, y, sample_weight=None):
    lists = {"x": keras.tree.flatten(x), "y": keras.tree.flatten(y)}
    given = {"x": x, "y": y, "sample_weight": sample_weight}
    if sample_weight is not None:
        lists["sample_weight"] = keras.tree.flatten(sample_weight)
    for which, arrays in lists.items():
        if not arrays or not all(getattr(array, "shape", ()) for array in arrays):
            rule = f"{which} of {name} must be an array with an example a row, or some of them"
            raise ValueError(f"{rule}. Got {_kind(given[which])} instead.")
        for array in arrays:
            checks.same_length(f"x of {name}", lists["x"][0], f"{which} of {name}", array)
    checks.integer(f"the number of examples of {name}", len(lists["x"][0]), 1)


def _kind(value):
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else repr(value)
