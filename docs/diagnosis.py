"""Write diagnosis.md and its figures: `python docs/diagnosis.py`."""

import argparse
import inspect
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import keras
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image
from sklearn.datasets import load_digits

from mlcourse.diagnosis import FAULTS
from mlcourse.diagnosis.diagnose import TESTS, evidence_of
from mlcourse.diagnosis.findings import SYMPTOMS
from mlcourse.figures import STYLE, save_figure
from mlcourse.figures._shared.saving import reduce_colors

HEAD = """# What is wrong with my training?

`diagnose` tests a model, its data and its fit, and returns findings, most likely first:

    from mlcourse import diagnose

    history = model.fit(x, y, validation_data=(x_val, y_val), epochs=10)
    diagnose(model, x, y, (x_val, y_val), history, test_data=(x_test, y_test))

A finding has a name, a sentence with its number, the change as code, a confidence (low, medium or
high) and a figure, `finding.plot()`. The last line lists what was not found, and what could not be
tested: without a history, for example, the epochs. Before a fit, call it without a history; during
a fit, `DiagnosisCallback` makes the tests that train no copy, in at most 5 % of the time.

Nothing changes: neither the model and its optimizer, nor the data, nor the random states. Most
tests read a random sample of 2,000 examples. Some train a copy of the model for 40 batches, or for
300 steps on 16 examples. The model is Sequential or Functional, with one input and one output. The
gradients are those of a crossentropy of the logits: one of probabilities, as on JAX and PyTorch,
is clipped, and has no gradient for a confident and wrong prediction.

Confidence orders the findings; with equal confidence causes are before symptoms, in the order of
this page. A finding that can follow from another one of at least medium confidence has low
confidence: after most faults {symptoms}; after dead or saturated units, for example, a learning
rate that seems too low.

The digits of scikit-learn are in the figures. `python docs/diagnosis.py` writes this page from the
docstrings of the tests.
"""
layers = keras.layers


def digits():
    """Return 1,797 digits as rows, in [0, 1], and their labels, in random order."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return (x[order] / 16).astype("float32"), y[order]


def network(*hidden):
    """Return a compiled network with hidden layers, by default one of 32 ReLU units."""
    keras.utils.set_random_seed(0)
    hidden = hidden or (layers.Dense(32, "relu", name="hidden"),)
    model = keras.Sequential(
        [keras.Input((64,)), *hidden, layers.Dense(10, "softmax", name="output")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def not_scaled():
    """Pass pixels from 0 to 255."""
    x, y = digits()
    return network(), 255 * x, y


def unbalanced():
    """Keep a twentieth of the classes from 5 on."""
    x, y = digits()
    is_kept = (y < 5) | (np.arange(len(y)) % 20 == 0)
    return network(), x[is_kept], y[is_kept]


def noisy():
    """Exchange a tenth of the labels."""
    x, y = digits()
    y[::10] = (y[::10] + 3) % 10
    return network(), x, y


def leak():
    """Validate on examples of which a third are training examples."""
    x, y = digits()
    return network(), x[:1200], y[:1200], (x[1000:1600], y[1000:1600])


def two_scales():
    """Validate on pixels from 0 to 255."""
    x, y = digits()
    return network(), x[:1200], y[:1200], (255 * x[1200:], y[1200:])


def sorted_labels():
    """Sort the examples by class."""
    x, y = digits()
    order = np.argsort(y)
    return network(), x[order], y[order]


def linear():
    """Leave out the activation function."""
    first = layers.Dense(32, name="hidden_1")
    return network(first, layers.Dense(16, name="hidden_2")), *digits()


def dead():
    """Draw biases below 0."""
    bias = keras.initializers.RandomUniform(-9, 1, seed=0)
    first = layers.Dense(32, "relu", bias_initializer=bias, name="hidden_1")
    return network(first, layers.Dense(16, "relu", name="hidden_2")), *digits()


def deep_sigmoid():
    """Stack eight sigmoid layers."""
    hidden = [layers.Dense(16, "sigmoid", name=f"hidden_{number}") for number in range(1, 9)]
    return network(*hidden), *digits()


def late():
    """Pass a history whose validation loss rises from epoch 10 on."""
    epochs = np.arange(1, 21)
    history = {
        "loss": (1.5 * 0.8**epochs).tolist(),
        "val_loss": (1.2 * 0.8**epochs + 0.03 * epochs + 0.2).tolist(),
    }
    return network(), *digits(), None, history


FAULTY = {
    "inputs not scaled": not_scaled,
    "training and validation scaled differently": two_scales,
    "duplicates across splits": leak,
    "sorted batches": sorted_labels,
    "class imbalance": unbalanced,
    "noisy labels": noisy,
    "no activation between layers": linear,
    "dead units": dead,
    "vanishing gradients": deep_sigmoid,
    "trained past the best epoch": late,
}
"""Functions that return the arguments of `diagnose` for a fault, by its name."""
OPTIONS = {"test_data": None, "batch_size": None, "seed": 0}


def finding(name):
    """Return the finding of a fault in the arguments of its function in FAULTY."""
    model, x, y, validation_data, history = (*FAULTY[name](), None, None)[:5]
    test = next(test for test in TESTS if test.name == name)
    return test.find(evidence_of(model, x, y, validation_data, history, **OPTIONS))


def draw(folder):
    """Write the figure of each fault in FAULTY."""
    folder.mkdir(exist_ok=True)
    for name in FAULTY:
        with plt.style.context(STYLE):
            path = save_figure(finding(name).plot(), folder / f"{_stem(name)}.png")
        plt.close("all")
        with Image.open(path) as image:
            reduce_colors(image).save(path, optimize=True)


def page():
    """Return the page: a section for each fault, from the docstring of its test."""
    parts = [HEAD.format(symptoms=", ".join(SYMPTOMS))]
    for test in TESTS:
        _, *paragraphs = inspect.getdoc(test.find).split("\n\n")
        description = FAULTS[test.name]
        text = "\n\n".join([f"{description[0].upper()}{description[1:]}.", *paragraphs])
        parts.append(f"## {test.name}\n\n{text}\n")
        if test.name in FAULTY:
            parts.append(f"![The figure of {test.name}.](diagnosis/{_stem(test.name)}.png)\n")
    return "\n".join(parts)


def _stem(name):
    return name.replace(" ", "_")


def main():
    """Write the page and the figures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", nargs="?", type=Path, default=here, help="default: %(default)s")
    target = parser.parse_args().folder
    draw(target / "diagnosis")
    (target / "diagnosis.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
