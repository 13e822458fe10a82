"""Small models with inner models, wrappers and custom layers."""

import keras
import numpy as np

layers = keras.layers


class Block(layers.Layer):
    """A custom layer with a list and a dict of layers, and an activation function of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.convolutions = [layers.Conv2D(2, 1, name=f"conv{i}") for i in range(2)]
        self.others = {
            "norm": layers.BatchNormalization(name="norm"),
            "relu": layers.ReLU(name="r"),
        }
        self.activation = keras.activations.tanh

    def call(self, x):
        first, second = self.convolutions
        return self.activation(second(self.others["relu"](self.others["norm"](first(x)))))


class Own(keras.Model):
    """A subclassed model with a custom layer, a model with the same layer names, a shared layer."""

    def __init__(self):
        super().__init__(name="own_model")
        self.block = Block(name="block")
        self.encoder = keras.Sequential(
            [layers.Conv2D(2, 1, activation="elu", name="conv0"), layers.Flatten()], name="encoder"
        )
        self.shared = layers.Dense(8, "relu", name="shared")
        self.unused = layers.Conv2D(1, 1, name="unused")
        self.scale = self.add_weight(shape=(8, 2), initializer="glorot_normal", name="scale")

    def call(self, x, training=True):
        x = self.encoder(self.block(x))
        return keras.ops.matmul(self.shared(self.shared(x)), self.scale)


def own_model():
    """Return a built model, with one convolution that is built but never called."""
    keras.utils.set_random_seed(0)
    model = Own()
    model.unused.build((None, 2, 2, 2))
    model(np.zeros((1, 2, 2, 1)))
    return model


def in_wrappers():
    """Return a functional model: two inputs, a model per time step, bidirectional layers."""
    keras.utils.set_random_seed(0)
    step = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(2, 3, activation="relu", name="conv")], name="step"
    )
    step.add(layers.Flatten())
    images, extra = keras.Input((3, 4, 4, 1), name="images"), keras.Input((2,), name="extra")
    x = layers.TimeDistributed(step, name="times")(images)
    x = layers.Bidirectional(layers.LSTM(2, name="lstm"), name="both")(x)
    outputs = layers.Dense(1, name="score")(layers.Concatenate()([x, extra]))
    return keras.Model([images, extra], outputs)
