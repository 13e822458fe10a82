"""Gradients, as each backend computes them: they are caught where the optimizer would get them.

Keras has no function for gradients. But each of its backends hands them to the optimizer, and so
an optimizer of our own need only keep them.
"""

import contextlib

import keras
import numpy as np

from mlcourse.private_names import variable_index


class Catcher(keras.optimizers.Optimizer):
    """An optimizer that keeps each gradient, and changes no weight.

    Args:
        variables: whose gradients are to be caught.

    Attributes:
        gradients: a variable for each, with its gradient of the last step.
    """

    def __init__(self, variables):
        super().__init__(learning_rate=0.0, name="catcher")
        self.build(variables)
        self.gradients = self.add_optimizer_variables(variables, "gradient")

    def update_step(self, gradient, variable, learning_rate):
        """Keeps the gradient."""
        # those of an embedding come as a list of rows, which this adds up
        gradient = keras.ops.convert_to_tensor(gradient)
        self.gradients[variable_index(self, variable)].assign(gradient)


def caught(model, x, y, loss=None, weights=None, **data):
    """Return the gradients of a loss by the variables that a model learns, as arrays.

    It is one step of `fit` on the whole batch, so it takes all that `fit` takes.

    Args:
        model: a built Keras model that may be compiled anew.
        x, y: a batch.
        loss: as `compile` takes it; None if the model adds its losses itself.
        weights: of the losses, where there are several.
        data: `sample_weight` or `class_weight`, as `fit` takes them.
    """
    catcher = Catcher(model.trainable_variables)
    # one step is not worth compiling; and no factor for half precision is to come between
    how = {"run_eagerly": True, "jit_compile": False, "auto_scale_loss": False}
    model.compile(catcher, loss, weights, **how)
    batch_size = len(keras.tree.flatten(x)[0])
    model.fit(x, y, batch_size, epochs=1, verbose=0, shuffle=False, **data)
    return [np.array(keras.ops.convert_to_numpy(one)) for one in catcher.gradients]


@contextlib.contextmanager
def unchanged(model):
    """Gives all variables of a model, when it ends, the values that they had before."""
    variables = [*model.variables, *getattr(model, "metrics_variables", [])]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
