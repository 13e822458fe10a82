"""The class of the estimators that `classifier` returns.

It is at module level, because only such classes can be pickled. `classifier` imports this module
on first use, because scikeras loads Keras.
"""

import inspect

import keras
from scipy.special import expit, softmax

from mlcourse._core.private_names import unchanged_classes

with unchanged_classes(keras.Model, keras.Loss, keras.Metric, keras.Optimizer):
    from scikeras.utils.random_state import tf_disable_op_determinism, tf_enable_op_determinism
    from scikeras.wrappers import KerasClassifier

WRAPPER_PARAMETERS = frozenset(inspect.signature(KerasClassifier).parameters)
WRAPPER_SETTINGS = WRAPPER_PARAMETERS - {"model", "build_fn", "kwargs"}
ROUTES = ("model", "fit", "compile", "predict", "optimizer", "loss", "metrics", "callbacks")

# With a random_state, scikeras sets TF_DETERMINISTIC_OPS before it asks TensorFlow whether
# operations are deterministic. TensorFlow reads that variable at the first such question, so
# operations would stay deterministic, and a later unseeded fit would fail. Asking here, before
# scikeras sets the variable, avoids this.
if not tf_enable_op_determinism():
    tf_disable_op_determinism()


class Classifier(KerasClassifier):
    """A scikit-learn classifier with the parameters of `build` and of `KerasClassifier`.

    Args:
        build: a function that returns a compiled Keras model.
        settings: arguments of `build` and of `KerasClassifier`.
    """

    def __init__(self, build, **settings):
        super().__init__(**{name: settings[name] for name in WRAPPER_SETTINGS & settings.keys()})
        vars(self).update({"build": build, **defaults(build), **settings})

    def _keras_build_fn(self, meta, compile_kwargs, params, **routed):
        """Build the model; scikeras passes a description of the data, and all parameters."""
        not_own = WRAPPER_PARAMETERS | {"build"}
        own = {name: value for name, value in params.items() if name not in not_own}
        context = {"meta": meta, "compile_kwargs": compile_kwargs, "params": params}
        values = {**context, **params, **routed}
        names = set(inspect.signature(self.build).parameters)
        if accepts_any(self.build):
            names |= {name for name in {**own, **routed} if "__" not in name}
        model = self.build(**{name: values[name] for name in names if name in values})
        if not model.built:
            model.build((None, *meta["X_shape_"][1:]))
        _check_outputs(model, meta["n_classes_"])
        return model

    def set_params(self, **params):
        """Set parameters; those of `build` need no earlier value."""
        own = params.keys() & inspect.signature(self.build).parameters
        vars(self).update({name: params.pop(name) for name in own})
        return super().set_params(**params)

    def predict(self, X, **kwargs):  # noqa: N803
        """Return predicted labels, in the form of the training labels."""
        return self.target_encoder_.inverse_transform(self.predict_proba(X, **kwargs))

    def predict_proba(self, X, **kwargs):  # noqa: N803
        """Return predicted probabilities, (n, classes), also if the model returns logits."""
        outputs = super().predict_proba(X, **kwargs).reshape(X.shape[0], -1)
        loss = self.model_.loss
        if not getattr(loss, "from_logits", False):
            return outputs
        if not isinstance(loss, keras.losses.BinaryCrossentropy):
            return softmax(outputs, axis=-1)
        probabilities = expit(outputs)
        if self.model_.output_shape[-1] == 1:  # scikeras has added a column
            probabilities[:, 0] = 1 - probabilities[:, 1]
        return probabilities

    def __sklearn_tags__(self):
        """Return the tags that mark a classifier in scikit-learn 1.6 and later."""
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        return tags


def defaults(build):
    """Return the default values of the arguments of `build`, a dict."""
    parameters = inspect.signature(build).parameters.values()
    return {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.default is not parameter.empty
    }


def accepts_any(build):
    """Return whether `build` has a `**kwargs` argument."""
    parameters = inspect.signature(build).parameters.values()
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def is_setting(name, build):
    """Return whether `build` or `KerasClassifier` has an argument of this name."""
    is_routed = name.split("__")[0] in ROUTES and "__" in name
    return name in WRAPPER_SETTINGS or is_routed or name in inspect.signature(build).parameters


def _check_outputs(model, n_classes):
    """Raise ValueError if the model has fewer outputs than there are classes."""
    shape = getattr(model, "output_shape", None)
    if n_classes is None or not isinstance(shape, tuple):
        return
    n_outputs = shape[-1]
    if n_outputs < n_classes and (n_outputs, n_classes) != (1, 2):
        rule = f"the model of build must have an output for each of the {n_classes} classes"
        raise ValueError(f"{rule}. Got {n_outputs} instead.")
