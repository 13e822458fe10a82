"""The outputs of any classifier at points of the plane."""

import inspect

import numpy as np

from mlcourse._core import checks
from mlcourse.evaluation.labels import values
from mlcourse.networks.layers import compiled_loss

BATCH_SIZE = 8192  # as fast as one batch, with less memory
PROBA = "predict_proba"
SCORE = "decision_function"
PREDICT = "predict"
METHODS = (PROBA, SCORE, PREDICT)
RESPONSE_METHODS = ("auto", *METHODS)
PROBABILITY_ACTIVATIONS = "softmax", "sigmoid"  # their outputs are not logits


def feature_names(model, X):  # noqa: N803
    """Return the names of two features of a DataFrame, or of a model fitted on one, or None."""
    names = getattr(X, "columns", None)
    names = getattr(model, "feature_names_in_", None) if names is None else names
    return None if names is None or len(names) != 2 else [*names]


def as_fitted(model, points, names):
    """Return points, (n, 2), in the format that a model was fitted on.

    This is a DataFrame for an estimator that was fitted on a DataFrame. Models with cluster centers
    need points of the same dtype.
    """
    _check_kind(model)
    shape = getattr(model, "input_shape", None)
    is_keras = isinstance(shape, tuple) and len(shape) == 2
    n_features = shape[1] if is_keras else getattr(model, "n_features_in_", 2)
    if n_features not in (None, 2):
        rule = "the model must have two features, to be drawn over a plane"
        raise ValueError(f"{rule}. Got {n_features} instead: fit it on two columns.")
    last_step = model.steps[-1][1] if hasattr(model, "steps") else model
    centers = getattr(last_step, "cluster_centers_", None)
    if centers is not None:
        points = points.astype(centers.dtype)
    fitted_names = getattr(model, "feature_names_in_", None)
    if fitted_names is None:
        return points
    if sorted(map(str, names)) != sorted(fitted_names):
        rule = f"X must have the columns that the model was fitted on, {', '.join(fitted_names)}"
        raise ValueError(f"{rule}. Got {', '.join(map(str, names))} instead.")
    from pandas import DataFrame

    return DataFrame(points, columns=names)[[*fitted_names]]


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
    """Return the symbolic inputs or outputs of a functional Keras model, or an empty list."""
    tensors = getattr(model, part, None) if hasattr(model, "output_names") else None
    return tensors or []


def classes_of(model):
    """Return the class labels of a model, or None if it does not know them."""
    classes = getattr(model, "classes_", None)
    if isinstance(classes, list):
        rule = "the model must predict one class for each point: fit it on integer labels, (n,)"
        raise ValueError(f"{rule}. Got a model of {len(classes)} outputs instead.")
    if classes is not None:
        return values("the model's classes", classes)
    return np.array([-1, 1]) if is_estimator(model, "outlier_detector") else None


def is_estimator(model, kind):
    """Return whether a model is a scikit-learn estimator of a kind, such as "regressor"."""
    if not (hasattr(model, "get_params") and hasattr(model, "fit")):
        return False
    from sklearn import base

    return isinstance(model, base.BaseEstimator) and getattr(base, f"is_{kind}")(model)


def predicts_logits(model):
    """Return whether the loss of a Keras model expects logits."""
    if "from_logits" not in (compiled_loss(model) or ""):
        return False
    return last_activation(model) not in PROBABILITY_ACTIVATIONS


def last_activation(model):
    """Return the name of the activation of a Keras model's last layer, or None."""
    layers = getattr(model, "layers", None)
    return getattr(getattr(layers[-1], "activation", None), "__name__", None) if layers else None


def method_of(model, n_classes, method):
    """Return the name of the method to call; None for a function, or a Keras model.

    Args:
        model: see `plot_decision_boundary`.
        n_classes: the number of classes.
        method: one of `RESPONSE_METHODS`, or None.
    """
    if method is not None:
        checks.choice("response_method", method, RESPONSE_METHODS)
    available = [name for name in METHODS if callable(getattr(model, name, None))]
    if not available and not callable(model):
        _raise_no_predictions(model)
    is_function = available in ([], [PREDICT]) and not hasattr(model, "get_params")
    if is_function and method != SCORE:
        return None
    if method in METHODS and method not in available:
        valid = " or ".join(map(repr, (PROBA, PREDICT) if is_function else available))
        rule = f"response_method must be a method of the model, {valid}"
        raise ValueError(f"{rule}. Got {method!r} instead.")
    if method in METHODS:
        return method
    if method == "auto":
        order = SCORE, PROBA, PREDICT
    elif n_classes <= 2:
        order = PROBA, SCORE, PREDICT
    else:  # with several scores, the predicted class may not have the largest
        order = PROBA, PREDICT, SCORE
    return next(name for name in order if name in available)


def _raise_no_predictions(model):
    """Raise ValueError for a model that cannot predict classes of new points."""
    advice = ""
    if hasattr(model, "novelty"):
        advice = ": pass it novelty=True"
    elif hasattr(model, "fit_predict"):
        advice = ": fit a classifier on its labels, such as KNeighborsClassifier"
    raise ValueError(f"the model must predict, or be a function. Got {model!r} instead{advice}.")


def outputs_of(model, method, points):
    """Return the outputs of a model, (n, columns).

    Args:
        model: see `plot_decision_boundary`.
        method: the name of the method to call; None for a function, or a Keras model.
        points: points in the format of `as_fitted`.
    """
    if method is not None:
        outputs = getattr(model, method)(points)
    elif hasattr(model, "predict"):
        options = {"batch_size": BATCH_SIZE, "verbose": 0}
        parameters = inspect.signature(model.predict).parameters
        options = {name: value for name, value in options.items() if name in parameters}
        outputs = model.predict(points, **options)
    else:
        outputs = model(points)
    if isinstance(outputs, dict) or _is_list_of_outputs(outputs, len(points)):
        rule = "the model must have one output"
        raise ValueError(f"{rule}. Got {len(outputs)} of them instead.")
    outputs = np.asarray(outputs)
    if outputs.shape[:1] != (len(points),) or outputs.ndim > 2:
        rule = f"the model must return one prediction for each of {len(points):,} points"
        raise ValueError(f"{rule}. Got an array of shape {outputs.shape} instead.")
    if outputs.dtype.kind in "OST":
        outputs = values("the model's predictions", outputs)
    return outputs.reshape(len(points), -1)


def _is_list_of_outputs(outputs, n_points):
    """Return whether this is a list with an array for each output, not a list of rows."""
    is_list = isinstance(outputs, list | tuple) and len(outputs) not in (0, n_points)
    return is_list and bool(np.shape(outputs[0]))
