"""Tiny models of Keras, made when they are first asked for, and what is no model at all."""

import functools

import numpy as np
from hypothesis import strategies as st

NO_MODEL = st.sampled_from([None, "model", 3, [], object()])
NO_WORD = st.sampled_from([None, 3, ["relu"], "no such name"])


@functools.cache
def dense():
    """Two numbers in, two classes out; compiled without graphs, which would be slow to make."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3, "relu"), layers.Dense(2, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


@functools.cache
def trained():
    """One like `dense`, whose weights may change."""
    model = dense.__wrapped__()
    model.run_eagerly = False  # its graphs are made once, and then quicker
    return model


@functools.cache
def pictures():
    """Pictures of 6 x 6 in, two classes out, with one convolution."""
    import keras

    layers = keras.layers
    convolution = layers.Conv2D(2, 3, activation="relu", name="conv")
    ends = [layers.Flatten(), layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((6, 6, 1)), convolution, *ends])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


@functools.cache
def unbuilt():
    """A model that does not know yet what goes in."""
    import keras

    return keras.Sequential([keras.layers.Dense(2)])


MADE = [dense, trained, pictures, unbuilt]


def later(make):
    """Returns a strategy for what a function makes, without arguments, once."""
    kept = make if make in MADE else functools.cache(make)
    MADE.extend([kept] if kept is not make else [])
    return st.builds(kept)


X = np.array([[0, 1], [2, 3], [-1, 0.5]])
Y = np.array([0, 1, 1])
PICTURES = np.arange(3 * 6 * 6, dtype=np.uint8).reshape(3, 6, 6, 1)

batches = st.sampled_from([X, X.astype(np.float32), X.astype(int), X * 1e6])
targets = st.sampled_from([Y, Y.astype(np.uint8), Y.astype(float)])
no_targets = st.sampled_from([None, 3, [], Y[:2], "y"])
examples = st.sampled_from([X, X.astype(np.float32), X.astype(int), X * 1e6, X.tolist()])
pictures_of = st.sampled_from([PICTURES, PICTURES / 255, PICTURES[:1], PICTURES.tolist()])
no_batches = st.sampled_from([None, "x", [], 3, X[:, :1], X[0], np.zeros((0, 2)), [["a", "b"]] * 3])
no_examples = no_batches | st.just(X * np.nan)
no_pictures = st.sampled_from([None, "x", [], 3, X, PICTURES[:, 1:], PICTURES + np.inf])
