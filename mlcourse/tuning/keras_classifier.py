"""The class behind `classifier`: at module level, as only such classes can be pickled.

It is imported when a classifier is made, as scikeras loads Keras.
"""

import inspect

import keras
from scikeras.utils.random_state import tf_disable_op_determinism, tf_enable_op_determinism
from scikeras.wrappers import KerasClassifier
from scipy.special import expit, softmax

OF_WRAPPER = frozenset(inspect.signature(KerasClassifier).parameters)
OWN = OF_WRAPPER - {"model", "build_fn", "kwargs"}
ROUTES = ("model", "fit", "compile", "predict", "optimizer", "loss", "metrics", "callbacks")

# With a random_state scikeras asks TensorFlow whether its operations are deterministic after it
# has set the variable that TensorFlow reads when it is first asked: then they would stay so, and
# an unseeded fit would fail. So TensorFlow is asked here.
if not tf_enable_op_determinism():
    tf_disable_op_determinism()


class Classifier(KerasClassifier):
    """A scikit-learn classifier with the parameters of `build` and those of a fit.

    Args:
        build: a function that returns a compiled Keras model.
        settings: arguments of `build` and of `KerasClassifier`.
    """

    def __init__(self, build, **settings):
        super().__init__(**{name: settings[name] for name in OWN & settings.keys()})
        vars(self).update({"build": build, **defaults(build), **settings})

    def _keras_build_fn(self, meta, compile_kwargs, params, **routed):
        """Build the model; scikeras gives the data's description, and all parameters."""
        own = {name: value for name, value in params.items() if name not in OF_WRAPPER | {"build"}}
        context = {"meta": meta, "compile_kwargs": compile_kwargs, "params": params}
        values = {**context, **params, **routed}
        names = inspect.signature(self.build).parameters
        if accepts_any(self.build):
            names = {*names, *(name for name in {**own, **routed} if "__" not in name)}
        model = self.build(**{name: values[name] for name in names if name in values})
        if not model.built:
            model.build((None, *meta["X_shape_"][1:]))
        _check_outputs(model, meta["n_classes_"])
        return model

    def set_params(self, **params):
        """Set parameters; those of `build` need not have had a value before."""
        own = params.keys() & inspect.signature(self.build).parameters
        vars(self).update({name: params.pop(name) for name in own})
        return super().set_params(**params)

    def _predict_raw(self, X, **kwargs):  # noqa: N803
        """Return the model's outputs, as probabilities where it was compiled for logits."""
        outputs = super()._predict_raw(X, **kwargs)
        loss = self.model_.loss
        if not getattr(loss, "from_logits", False):
            return outputs
        is_binary = isinstance(loss, keras.losses.BinaryCrossentropy)
        return expit(outputs) if is_binary else softmax(outputs, axis=-1)

    def predict_proba(self, X, **kwargs):  # noqa: N803
        """Return predicted probabilities, (n, classes), for a single example too."""
        return super().predict_proba(X, **kwargs).reshape(X.shape[0], -1)

    def __sklearn_tags__(self):
        """Return the tags by which scikit-learn 1.6 and later know a classifier."""
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags


def defaults(build):
    """Return the default values of the arguments of `build`, a dict."""
    parameters = inspect.signature(build).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}


def accepts_any(build):
    """Return whether `build` takes arguments of any name."""
    return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(build).parameters.values())


def is_setting(name, build):
    """Return whether a name is one of an argument of `build`, or of `KerasClassifier`."""
    is_routed = name.split("__")[0] in ROUTES and "__" in name
    return name in OWN or is_routed or name in inspect.signature(build).parameters


def _check_outputs(model, n_classes):
    """Raise ValueError if the model has fewer outputs than there are classes."""
    shape = getattr(model, "output_shape", None)
    if n_classes is None or not isinstance(shape, tuple):
        return
    n_outputs = shape[-1]
    if n_outputs < n_classes and (n_outputs, n_classes) != (1, 2):
        rule = f"the model of build must have an output for each of the {n_classes} classes"
        raise ValueError(f"{rule}. Got {n_outputs} instead.")
