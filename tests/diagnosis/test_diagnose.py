import random
import re
import sys

import keras
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from mlcourse.diagnosis import FAULTS, Diagnosis, DiagnosisCallback, Finding, diagnose
from mlcourse.diagnosis.diagnose import TESTS
from mlcourse.diagnosis.findings import CONSEQUENCES, SYMPTOMS
from tests.diagnosis.tiny import layers, moons, network

X, Y = moons()
X_VAL, Y_VAL = moons(seed=1)


def finding(name, confidence):
    return Finding(name, f"{name}.", "code", confidence)


def test_each_fault_has_one_test_in_the_order_of_the_faults():
    assert [test.name for test in TESTS] == list(FAULTS)


def test_findings_are_sorted_by_confidence_then_causes_first():
    findings = [
        finding("class imbalance", "low"),
        finding("bottleneck", "high"),
        finding("inputs not scaled", "high"),
        finding("noisy labels", "medium"),
    ]
    names = [item.name for item in Diagnosis(findings, list(FAULTS))]
    assert names == ["inputs not scaled", "bottleneck", "noisy labels", "class imbalance"]


def test_a_symptom_with_a_cause_has_low_confidence():
    symptom = finding("underfitting", "high")
    (alone,) = Diagnosis([symptom], list(FAULTS))
    assert alone.confidence == "high"
    cause, explained = Diagnosis([symptom, finding("bottleneck", "medium")], list(FAULTS))
    assert (cause.name, explained.confidence) == ("bottleneck", "low")


@pytest.mark.parametrize(
    ("cause", "consequence"),
    [
        ("dead units", "learning rate too low"),
        ("learning rate too high", "dead units"),
        ("exploding gradients", "learning rate too high"),
        ("inputs not scaled", "exploding gradients"),
    ],
)
def test_a_finding_that_can_follow_from_another_one_comes_after_it(cause, consequence):
    findings = [finding(consequence, "high"), finding(cause, "medium")]
    first, second = Diagnosis(findings, list(FAULTS))
    assert (first.name, second.confidence) == (cause, "low")


def test_a_low_learning_rate_does_not_explain_dead_units():
    findings = [finding("learning rate too low", "high"), finding("dead units", "high")]
    assert Diagnosis(findings, list(FAULTS))[0].name == "dead units"


def test_no_fault_follows_from_itself():
    def consequences(name):
        return CONSEQUENCES.get(name, () if name in SYMPTOMS else SYMPTOMS)

    for name in FAULTS:
        reached = set()
        new = {name}
        while new:
            new = {other for cause in new for other in consequences(cause)} - reached
            reached |= new
        assert name not in reached


def test_the_text_says_what_was_not_found_and_not_tested():
    text = str(Diagnosis([finding("bottleneck", "high")], ["bottleneck", "dead units"]))
    assert text.startswith(
        "high: bottleneck. bottleneck.\n    code\nnothing found of: dead units\n"
    )
    assert "not tested: NaN in inputs" in text
    assert str(Diagnosis([], [])).startswith("nothing found of: no test")


def test_the_table_escapes_text_and_has_the_figure():
    draw = lambda fig: fig.subplots().plot([0, 1])  # noqa: E731
    html = Diagnosis([Finding("bottleneck", "<b>1 & 2</b>", "a < b", "high", draw=draw)], [])
    html = html._repr_html_()
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in html
    assert re.search(r'src="data:image/png;base64,[\w+/]+', html)


def state_of(model):
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


@pytest.mark.slow
def test_a_healthy_fit_has_no_finding_and_stays_bit_for_bit_as_it_was():
    model = network(
        layers.Dense(32, "relu"), layers.Dropout(0.1), optimizer=keras.optimizers.Adam(0.02)
    )
    history = model.fit(X, Y, 16, epochs=30, validation_data=(X_VAL, Y_VAL), verbose=0)
    before = state_of(model)
    arrays = [array.copy() for array in (X, Y, X_VAL, Y_VAL)]
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    settings = dict(mpl.rcParams)
    found = diagnose(model, X, Y, (X_VAL, Y_VAL), history, test_data=moons(seed=2))
    assert len(found) == 0
    assert found.not_tested == ()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states  # noqa: NPY002
    assert dict(mpl.rcParams) == settings
    for value, expected in zip(state_of(model), before, strict=True):
        assert np.array_equal(value, expected)
    for array, expected in zip((X, Y, X_VAL, Y_VAL), arrays, strict=True):
        assert np.array_equal(array, expected)
    assert model.history is history


@pytest.mark.slow
def test_the_same_seed_gives_the_same_diagnosis():
    shuffled = np.random.default_rng(0).permutation(Y)
    model = network(layers.Dense(4))
    first = diagnose(model, 255 * X, shuffled, seed=1)
    assert str(diagnose(model, 255 * X, shuffled, seed=1)) == str(first)
    assert first[0].confidence == "high"
    assert {"inputs not scaled", "images and labels out of step"} <= {item.name for item in first}
    for item in first:
        assert isinstance(item.plot(fig=Figure()), Figure)


def test_data_that_the_loss_refuses_is_diagnosed_without_training():
    x = X.copy()
    x[0, 0] = np.nan
    found = diagnose(network(), x, Y)
    assert [item.name for item in found] == ["NaN in inputs"]
    assert "cannot overfit a batch" in found.not_tested


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"model": keras.Sequential([keras.Input((2,)), layers.Dense(2)])}, "must be compiled"),
        ({"model": "model"}, "model must be a"),
        ({"x": X[:, :1]}, "x must"),
        ({"x": "text"}, "x must be an array of numbers"),
        ({"x": X[:3], "y": Y[:3]}, "number of examples in x must be"),
        ({"y": Y[:5]}, "must be arrays of the same length"),
        ({"validation_data": X}, "validation_data must be a pair"),
        ({"validation_data": (X, Y[:3])}, "x and y of validation_data must"),
        ({"test_data": (X[:, :1], Y)}, "x of test_data must"),
        ({"history": 3}, "history must be"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_invalid_arguments_are_refused(change, rule):
    arguments = {"model": network(), "x": X, "y": Y, **change}
    with pytest.raises(ValueError, match=rule):
        diagnose(**arguments)


def test_a_model_with_two_inputs_is_refused():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(inputs, layers.Dense(2)(layers.Add()(inputs)))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="with one input and one output"):
        diagnose(model, X, Y)


def test_a_finding_without_a_figure_says_so():
    with pytest.raises(ValueError, match="must have a figure"):
        finding("bottleneck", "high").plot()


@pytest.mark.slow
def test_the_callback_finds_faults_during_the_fit(capsys, monkeypatch):
    monkeypatch.setattr(sys.modules[DiagnosisCallback.__module__], "MAX_FRACTION", 1.0)
    callback = DiagnosisCallback(255 * X, Y)
    model = network()
    expected = network()
    model.fit(255 * X, Y, epochs=3, verbose=0, shuffle=False, callbacks=[callback])
    expected.fit(255 * X, Y, epochs=3, verbose=0, shuffle=False)
    assert "inputs not scaled" in {item.name for item in callback.diagnosis}
    assert capsys.readouterr().out.count("high: inputs not scaled") == 1
    for value, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        assert np.array_equal(value, other)


def test_the_callback_makes_no_test_before_it_has_time(monkeypatch):
    monkeypatch.setattr(sys.modules[DiagnosisCallback.__module__], "MAX_FRACTION", 0.0)
    callback = DiagnosisCallback(X, Y)
    network().fit(X, Y, verbose=0, callbacks=[callback])
    assert len(callback.diagnosis.not_tested) == len(FAULTS)


class Secret(keras.layers.Layer):
    """A layer that Keras cannot copy, because it does not say its arguments."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs


@pytest.mark.slow
def test_a_model_that_keras_cannot_copy_is_diagnosed_without_a_copy():
    model = keras.Sequential([keras.Input((2,)), Secret(2.0), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=2, verbose=0)
    diagnosis = diagnose(model, 100 * X, Y, history=history)
    assert "inputs not scaled" in [item.name for item in diagnosis]
    assert "cannot overfit a batch" in diagnosis.not_tested
    assert "Keras could not copy it. A layer of your own needs get_config" in str(diagnosis)
    assert "could not copy" not in str(diagnose(network(), X, Y))
