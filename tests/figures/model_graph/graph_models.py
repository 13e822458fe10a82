"""Keras models for tests of graphs: chains, branches, skip connections, shared layers."""

import keras

from mlcourse import models

LAYERS = keras.layers


def cifar():
    """Return the course's network for CIFAR-10."""
    layers = []
    for filters in (32, 64):
        convolution = {"filters": filters, "kernel_size": 3, "padding": "same"}
        layers += [LAYERS.Conv2D(**convolution, activation="relu") for _ in range(2)]
        layers += [LAYERS.MaxPooling2D(2), LAYERS.Dropout(0.25)]
    head = [LAYERS.Flatten(), LAYERS.Dense(512, "relu"), LAYERS.Dropout(0.5)]
    output = LAYERS.Dense(10, "softmax")
    return keras.Sequential([keras.Input((32, 32, 3)), *layers, *head, output])


def _step(x, filters, pool=False):
    x = LAYERS.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = LAYERS.MaxPooling2D(2)(x) if pool else x
    return LAYERS.ReLU()(LAYERS.BatchNormalization()(x))


def residual(stages=((8, 0, 0), (16, 1, 1), (32, 1, 0), (64, 1, 1))):
    """Return a residual network of stages (filters, has_pooling, n_skips)."""
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for filters, pool, skips in stages:
        x = _step(x, filters, bool(pool))
        for _ in range(skips):
            x = LAYERS.Add()([x, _step(_step(x, filters), filters)])
    return keras.Model(inputs, LAYERS.Dense(10, "softmax")(LAYERS.GlobalMaxPooling2D()(x)))


def deep():
    """Return a residual network of 28 blocks."""
    return residual(((8, 0, 1), (16, 1, 2), (32, 1, 2), (64, 1, 1)))


def projected():
    """Return a network with a convolution in its skip connection, and a ReLU after the sum."""
    inputs = keras.Input((16, 16, 3))
    x = LAYERS.Conv2D(8, 3, 2, padding="same")(_step(inputs, 4))
    skip = LAYERS.Conv2D(8, 1, 2)(inputs)
    return keras.Model(inputs, LAYERS.ReLU()(LAYERS.Add()([x, skip])))


def nested_skips():
    inputs = keras.Input((16,))
    x = LAYERS.Dense(32, "relu")(inputs)
    y = LAYERS.Dense(32, "relu")(x)
    z = LAYERS.Dense(32, "relu")(LAYERS.Dense(32, "relu")(y))
    y = LAYERS.Dense(32, "relu")(LAYERS.Add()([y, z]))
    return keras.Model(inputs, LAYERS.Dense(3, "softmax")(LAYERS.Add()([x, y])))


def two_inputs():
    image, facts = keras.Input((28, 28, 1), name="image"), keras.Input((12,), name="facts")
    x = LAYERS.Flatten()(LAYERS.MaxPooling2D(2)(LAYERS.Conv2D(16, 3)(image)))
    both = LAYERS.Concatenate()([LAYERS.Dense(64)(x), LAYERS.Dense(16)(facts)])
    return keras.Model([image, facts], LAYERS.Dense(2, "softmax")(both))


def siamese():
    """Return a model with one nested encoder for two images."""
    layers = [keras.Input((8, 8, 1)), LAYERS.Flatten(), LAYERS.Dense(32)]
    encoder = keras.Sequential(layers, name="encoder")
    pair = [keras.Input((8, 8, 1), name=name) for name in ("left", "right")]
    apart = LAYERS.Subtract()([encoder(image) for image in pair])
    return keras.Model(pair, LAYERS.Dense(1, "sigmoid")(apart))


def inception():
    inputs = keras.Input((28, 28, 192))

    def convolution(filters, size, x):
        return LAYERS.Conv2D(filters, size, padding="same", activation="relu")(x)

    pooled = LAYERS.MaxPooling2D(3, 1, padding="same")(inputs)
    branches = [
        convolution(64, 1, inputs),
        convolution(128, 3, convolution(96, 1, inputs)),
        convolution(32, 5, convolution(16, 1, inputs)),
        convolution(32, 1, pooled),
    ]
    return keras.Model(inputs, LAYERS.GlobalAveragePooling2D()(LAYERS.Concatenate()(branches)))


def each_to_each():
    """Return a model in which two layers both lead to two others, so that lines must cross."""
    pair = [keras.Input((4,), name=name) for name in "ab"]
    c, d = (LAYERS.Dense(3)(x) for x in pair)
    merged = [LAYERS.Add()([c, d]), LAYERS.Multiply()([c, d])]
    return keras.Model(pair, [LAYERS.Dense(1)(x) for x in merged])


def text_classifier():
    """Return a recurrent text classifier with masked padding."""
    inputs = keras.Input((80,), dtype="int32")
    x = LAYERS.Embedding(20_000, 64, mask_zero=True)(inputs)
    x = LAYERS.Bidirectional(LAYERS.LSTM(64, return_sequences=True))(x)
    x = LAYERS.GRU(32)(LAYERS.Dropout(0.3)(x))
    return keras.Model(inputs, LAYERS.Dense(1, "sigmoid")(x))


def _attend(x, memory, mask):
    """Apply attention of x to a memory, then two dense layers, each with a skip connection."""
    attended = LAYERS.MultiHeadAttention(4, 8)(x, memory, attention_mask=mask)
    x = LAYERS.LayerNormalization()(x + attended)
    change = LAYERS.Dense(32)(LAYERS.Dense(128, "gelu")(x))
    return LAYERS.LayerNormalization()(x + LAYERS.Dropout(0.1)(change))


def transformer(length=20):
    """Return an encoder and a decoder, with masks that operations compute."""
    ops = keras.ops
    source, target = (keras.Input((length,), name=name) for name in ("source", "target"))
    source_mask = ops.not_equal(source, 0)[:, None, :]
    causal_mask = ops.tril(ops.ones((1, length, length), dtype="bool"))
    target_mask = ops.logical_and(ops.not_equal(target, 0)[:, None, :], causal_mask)
    x, y = (LAYERS.Embedding(500, 32)(tokens) for tokens in (source, target))
    x = _attend(x, x, source_mask)
    y = _attend(_attend(y, y, target_mask), x, source_mask)
    return keras.Model([source, target], LAYERS.Dense(500, "softmax")(y))


MODELS = {
    "cifar": cifar,
    "mlp": lambda: models.mlp(784, dropout=0.5),
    "cnn": lambda: models.cnn((28, 28, 1), batch_norm=True),
    "two heads": lambda: models.two_head((42, 28), filters=(16,)),
    "residual": residual,
    "deep": deep,
    "projected": projected,
    "nested skips": nested_skips,
    "two inputs": two_inputs,
    "siamese": siamese,
    "inception": inception,
    "each to each": each_to_each,
    "text": text_classifier,
    "transformer": transformer,
}
