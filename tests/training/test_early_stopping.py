import keras
import numpy as np
import pytest

from mlcourse import models, training


def test_early_stopping_stops_and_brings_the_best_weights_back():
    training.set_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 5)), rng.integers(0, 2, 60)
    x_val, y_val = rng.normal(size=(200, 5)), rng.integers(0, 2, 200)  # random labels
    model = models.mlp(5, hidden=(32,), classes=2)
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    history = model.fit(
        x,
        y,
        epochs=60,
        verbose=0,
        validation_data=(x_val, y_val),
        callbacks=[training.early_stopping(patience=2)],
    ).history
    assert len(history["loss"]) < 60
    loss = model.evaluate(x_val, y_val, verbose=0)
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-5)
    assert loss < history["val_loss"][-1]


def test_patience_is_a_count():
    with pytest.raises(ValueError, match=r"patience must be a whole number of at least 1\. Got 0"):
        training.early_stopping(patience=0)
