"""How a classifier is asked about points of the plane: by which method, and in which form."""

import inspect

import numpy as np

from mlcourse._core import checks
from mlcourse.evaluation.labels import values
from mlcourse.networks.layers import compiled_loss

BATCH = 8192  # points at a time: as quick as all at once, with less memory
PROBA, SCORE, PREDICT = METHODS = "predict_proba", "decision_function", "predict"
RESPONSE_METHODS = ("auto", *METHODS)
PROBABILITIES = "softmax", "sigmoid"  # activations whose outputs are no logits


def feature_names(model, X):  # noqa: N803
    """Return the names of two features, of a DataFrame or of a model fitted on one; else None."""
    names = getattr(X, "columns", None)
    names = getattr(model, "feature_names_in_", None) if names is None else names
    return None if names is None or len(names) != 2 else [*names]


def as_fitted(model, points, names):
    """Return points, (n, 2), in the form that a model was fitted on.

    That is a DataFrame of the same columns for an estimator that was fitted on one. Cluster centers
    need points of their own dtype.
    """
    _check_kind(model)
    shape = getattr(model, "input_shape", None)
    is_keras = isinstance(shape, tuple) and len(shape) == 2
    count = shape[1] if is_keras else getattr(model, "n_features_in_", 2)
    if count not in (None, 2):
        rule = "the model must have two features, to be drawn over a plane"
        raise ValueError(f"{rule}. Got {count} instead: fit it on two columns.")
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    centers = getattr(last, "cluster_centers_", None)
    if centers is not None:
        points = points.astype(centers.dtype)
    fitted = getattr(model, "feature_names_in_", None)
    if fitted is None:
        return points
    if sorted(map(str, names)) != sorted(fitted):
        rule = f"X must have the columns that the model was fitted on, {', '.join(fitted)}"
        raise ValueError(f"{rule}. Got {', '.join(map(str, names))} instead.")
    from pandas import DataFrame

    return DataFrame(points, columns=names)[[*fitted]]


def _check_kind(model):
    """Raise ValueError for a class, and for a Keras model with several inputs or outputs."""
    if isinstance(model, type):
        rule = f"the model must be an instance, such as {model.__name__}() after its fit"
        raise ValueError(f"{rule}. Got the class {model.__name__} instead.")
    for part in "inputs", "outputs":
        names = [tensor.name for tensor in _tensors(model, part)]
        if len(names) > 1:
            rule = f"the model must have one {part[:-1]}"
            advice = "make a keras.Model of one of them"
            raise ValueError(f"{rule}: {advice}. Got {len(names)} {part} instead.")


def _tensors(model, part):
    """Return the symbolic inputs or outputs of a functional Keras model; none of another model."""
    tensors = getattr(model, part, None) if hasattr(model, "output_names") else None
    return tensors or []


def classes_of(model):
    """Return the labels of a model's classes; None if it does not name them."""
    classes = getattr(model, "classes_", None)
    if isinstance(classes, list):
        rule = "the model must predict one class for each point: fit it on integer labels, (n,)"
        raise ValueError(f"{rule}. Got a model of {len(classes)} outputs instead.")
    if classes is not None:
        return values("the model's classes", classes)
    return np.array([-1, 1]) if is_estimator(model, "outlier_detector") else None


def is_estimator(model, kind):
    """Return whether a model is one of scikit-learn of a kind, such as "regressor"."""
    if not (hasattr(model, "get_params") and hasattr(model, "fit")):
        return False
    from sklearn import base

    return isinstance(model, base.BaseEstimator) and getattr(base, f"is_{kind}")(model)


def predicts_logits(model):
    """Return whether the loss of a Keras model takes its outputs as logits."""
    if "from_logits" not in (compiled_loss(model) or ""):
        return False
    return last_activation(model) not in PROBABILITIES


def last_activation(model):
    """Return the name of the activation function of a Keras model's last layer, else None."""
    layers = getattr(model, "layers", None)
    return getattr(getattr(layers[-1], "activation", None), "__name__", None) if layers else None


def method_of(model, n_classes, method):
    """Return the name of the method to call; None for a function, or a Keras model.

    Args:
        model: see `plot_decision_boundary`.
        n_classes: of the model.
        method: one of `RESPONSE_METHODS`, or None.
    """
    if method is not None:
        checks.choice("response_method", method, RESPONSE_METHODS)
    own = [name for name in METHODS if callable(getattr(model, name, None))]
    if not own and not callable(model):
        _refuse(model)
    is_plain = own in ([], [PREDICT]) and not hasattr(model, "get_params")
    if is_plain and method != SCORE:
        return None
    if method in METHODS and method not in own:
        known = " or ".join(map(repr, (PROBA, PREDICT) if is_plain else own))
        rule = f"response_method must be a method of the model, {known}"
        raise ValueError(f"{rule}. Got {method!r} instead.")
    if method in METHODS:
        return method
    if method == "auto":
        order = SCORE, PROBA, PREDICT
    elif n_classes <= 2:
        order = PROBA, SCORE, PREDICT
    else:  # the largest of several scores need not be that of the predicted class
        order = PROBA, PREDICT, SCORE
    return next(name for name in order if name in own)


def _refuse(model):
    """Raise ValueError for a model that does not predict the class of new points."""
    got, advice = f"Got {model!r} instead", ""
    if hasattr(model, "novelty"):
        advice = ": pass it novelty=True"
    elif hasattr(model, "fit_predict"):
        advice = ": fit a classifier on its labels, such as KNeighborsClassifier"
    raise ValueError(f"the model must predict, or be a function. {got}{advice}.")


def outputs_of(model, method, points):
    """Return a model's outputs, (n, columns).

    Args:
        model: see `plot_decision_boundary`.
        method: the name of the method to call; None for a function, or a Keras model.
        points: as in `as_fitted`.
    """
    if method is not None:
        found = getattr(model, method)(points)
    elif hasattr(model, "predict"):
        options = {"batch_size": BATCH, "verbose": 0}
        known = inspect.signature(model.predict).parameters
        found = model.predict(points, **{k: v for k, v in options.items() if k in known})
    else:
        found = model(points)
    if isinstance(found, dict) or _holds_outputs(found, len(points)):
        rule = "the model must have one output"
        raise ValueError(f"{rule}. Got {len(found)} of them instead.")
    found = np.asarray(found)
    if found.shape[:1] != (len(points),) or found.ndim > 2:
        rule = f"the model must give one answer for each of {len(points):,} points"
        raise ValueError(f"{rule}. Got an array of shape {found.shape} instead.")
    if found.dtype.kind in "OST":
        found = values("the model's predictions", found)
    return found.reshape(len(points), -1)


def _holds_outputs(found, n_points):
    """Return whether this is a list of arrays, one for each output, not of rows."""
    is_list = isinstance(found, list | tuple) and len(found) not in (0, n_points)
    return is_list and bool(np.shape(found[0]))
