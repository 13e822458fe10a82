from importlib import import_module

import keras
import numpy as np
import pytest

from mlcourse import tuning

ablation = import_module("mlcourse.tuning.ablation")  # not the function of this name

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 3)).astype("float32"), RNG.integers(0, 2, 24)
DATA = {"train": (X[:12], Y[:12]), "validation": (X[12:18], Y[12:18]), "test": (X[18:], Y[18:])}
VARIANTS = {"larger batches": {"batch_size": 6}, "faster": {"learning_rate": 0.5}}


class Killed(BaseException):
    """Simulates the end of a process."""


def build(units=4, learning_rate=0.1):
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(learning_rate)
    model.compile(optimizer, loss, metrics=["accuracy"], run_eagerly=True)
    return model


@pytest.fixture
def begun(monkeypatch):
    """Record (sum of initial weights, epochs, batch size, learning rate) of each fit."""
    fits, fit = [], ablation.fit

    def noted(model, x, y, **options):
        rate = round(float(model.optimizer.learning_rate), 6)
        weights = float(np.sum(model.get_weights()[0]))
        fits.append((weights, options["epochs"], options["batch_size"], rate))
        return fit(model, x, y, **options)

    monkeypatch.setattr(ablation, "fit", noted)
    return fits


def told(found):
    return sorted((one.variant, one.repeat, tuple(one.values.items())) for one in found.fits)


def make(directory=None, variants=VARIANTS, data=DATA, **options):
    options = {"epochs": 2, "batch_size": 3, "repeats": 2, **options}
    return tuning.ablation(build, variants, data, directory=directory, **options)


def test_each_change_is_trained_from_each_seed(begun):
    found = make()
    assert list(found.variants) == ["baseline", "larger batches", "faster"]
    assert [(one.variant, one.repeat) for one in found.fits] == [
        (variant, repeat) for repeat in (0, 1) for variant in found.variants
    ]
    first, second = begun[:3], begun[3:]
    assert [fit[1:] for fit in first] == [(2, 3, 0.1), (2, 6, 0.1), (2, 3, 0.5)]
    assert [fit[1:] for fit in second] == [fit[1:] for fit in first]
    assert len({fit[0] for fit in first}) == 1  # one seed for the first fits of all variants
    assert {fit[0] for fit in first} != {fit[0] for fit in second}


def test_values_are_those_of_the_model_after_its_last_epoch():
    found = make(variants={}, repeats=1)
    (fit,) = found.fits
    assert set(fit.values) == {
        f"{part}_{name}" for part in ("validation", "test") for name in ("loss", "accuracy")
    }
    assert found.metrics == ["validation_accuracy", "test_accuracy"]
    assert fit.values["test_accuracy"] * 6 == pytest.approx(round(fit.values["test_accuracy"] * 6))


def test_the_baseline_may_have_a_name_of_its_own():
    assert list(make(variants={"usual": {}}, repeats=1).variants) == ["usual"]


def test_the_baseline_comes_first_wherever_it_stands():
    found = make(variants={**VARIANTS, "usual": {}}, repeats=1)
    assert list(found.variants) == ["usual", *VARIANTS]


def test_an_interrupted_ablation_resumes(tmp_path, monkeypatch, begun):
    expected = told(make())
    begun.clear()
    fit, calls = ablation.fit, []

    def killed(*arguments, **options):
        calls.append(1)
        if len(calls) == 4:
            raise Killed
        return fit(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(ablation, "fit", killed)
        with pytest.raises(Killed):
            make(tmp_path)
    assert len(begun) == 3
    assert told(make(tmp_path)) == expected
    assert len(begun) == 6


@pytest.mark.slow
def test_a_table_may_be_given_more_changes_and_repetitions(tmp_path, begun):
    make(tmp_path, variants={"faster": VARIANTS["faster"]}, repeats=1)
    begun.clear()
    assert told(make(tmp_path)) == told(make())
    assert len(begun) == 4 + 6
    begun.clear()
    fewer = make(tmp_path, variants={"faster": VARIANTS["faster"]}, repeats=1)
    assert len(fewer.fits) == 2
    assert not begun
    make(tmp_path)
    assert not begun  # all fits were saved


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"seed": 1}, "seed"),
        ({"epochs": 3}, "epochs"),
        ({"batch_size": 4}, "batch_size"),
        ({"data": {**DATA, "train": (X[:11], Y[:11])}}, "data"),
        ({"variants": {"faster": {"learning_rate": 0.4}}}, "network of 'faster'"),
    ],
)
def test_an_ablation_resumes_only_with_the_same_settings(tmp_path, options, what):
    make(tmp_path, variants={"faster": VARIANTS["faster"]}, repeats=1)
    with pytest.raises(ValueError, match=f"^{what} must be the same as in the table in"):
        make(tmp_path, **{"repeats": 1, **options})


def test_a_damaged_file_is_left_as_it_is(tmp_path):
    (tmp_path / "experiments.json").write_text('{"format": 1, "fits"')
    with pytest.raises(ValueError, match=r"experiments\.json cannot be read"):
        make(tmp_path)
    assert (tmp_path / "experiments.json").read_text() == '{"format": 1, "fits"'


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variants": ["faster"]}, "variants must be a dict of names"),
        ({"variants": {"faster": 0.5}}, "variant 'faster' must be a dict of settings. Got 0.5"),
        ({"variants": {"wider": {"width": 3}}}, "'wider' must set arguments of build, epochs or"),
        (
            {"variants": {"short": {"epochs": 0}}},
            "epochs of variant 'short' must be a whole number",
        ),
        ({"variants": {"baseline": {"epochs": 3}}}, "'baseline' must be {}. Got {"),
        ({"repeats": 0}, "repeats must be a whole number of at least 1. Got 0"),
        ({"metrics": ["test_auc"]}, "each of metrics must be one of validation_accuracy"),
        ({"data": {"train": (X, Y)}}, "data must be a dict of train, validation"),
        ({"data": {**DATA, "tests": (X, Y)}}, "each part of data must be one of train, validation"),
        (
            {"data": {**DATA, "test": (X, Y[:3])}},
            "x of test and y of test must have the same length",
        ),
        ({"data": {**DATA, "test": X}}, "test in data must be a pair"),
    ],
)
def test_bad_input_is_refused_before_anything_is_trained(begun, options, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        make(**options)
    assert not begun


def unbuilt(head=2, labels=True):
    model = keras.Sequential([keras.layers.Dense(head, activation="softmax")])
    loss = "sparse_categorical_crossentropy" if labels else "categorical_crossentropy"
    metrics = ["accuracy" if head < 4 else keras.metrics.SparseTopKCategoricalAccuracy(2)]
    model.compile("sgd", loss, metrics=metrics, run_eagerly=True)
    return model


def test_a_model_may_get_its_weights_late_and_the_parts_come_in_any_order():
    options = {"epochs": 1, "repeats": 1}
    expected = tuning.ablation(unbuilt, {}, DATA, **options)
    other = {name: DATA[name] for name in ("test", "validation", "train")}
    assert told(tuning.ablation(unbuilt, {}, other, **options)) == told(expected)
    assert set(expected.fits[0].values) == {
        f"{part}_{name}" for part in ("validation", "test") for name in ("loss", "accuracy")
    }


def test_two_heads_have_a_value_each():
    def two(units=2):
        inputs = keras.Input((3,))
        body = keras.layers.Dense(units)(inputs)
        heads = {one: keras.layers.Dense(2, "softmax", name=one)(body) for one in ("a", "b")}
        model = keras.Model(inputs, heads)
        loss = dict.fromkeys(heads, "sparse_categorical_crossentropy")
        model.compile("sgd", loss, metrics={one: ["accuracy"] for one in heads}, run_eagerly=True)
        return model

    data = {name: (x, {"a": y, "b": 1 - y}) for name, (x, y) in list(DATA.items())[:2]}
    found = tuning.ablation(two, {}, data, epochs=1, repeats=2)
    assert found.metrics == ["validation_a_accuracy", "validation_b_accuracy"]
    values = [fit.values["validation_a_accuracy"] for fit in found.fits]
    assert found.mean("baseline", found.metrics[0]) == pytest.approx(np.mean(values))
    assert found.std("baseline", found.metrics[0]) == pytest.approx(np.std(values, ddof=1))


@pytest.mark.parametrize(
    ("variants", "data", "message"),
    [
        ({}, {**DATA, "test": (X[:, :2], Y)}, "expected (axis|shape)"),
        ({"one-hot": {"labels": False}}, DATA, r"y of train must be of shape \(n, 2\)"),
    ],
)
def test_what_would_break_a_table_late_breaks_it_early(begun, variants, data, message):
    with pytest.raises(ValueError, match=message):
        tuning.ablation(unbuilt, variants, data, epochs=1, repeats=1)
    assert not begun


def test_a_metric_that_a_change_does_not_log_is_not_shown(monkeypatch):
    variants = {"wide": {"head": 4}}
    found = tuning.ablation(unbuilt, variants, DATA, epochs=1, repeats=1)
    assert found.metrics == ["validation_loss", "test_loss"]
    assert str(found).count("\n") == 3
    monkeypatch.setattr(ablation, "fit", None)
    with pytest.raises(ValueError, match="each of metrics must be one of validation_loss, test_l"):
        tuning.ablation(unbuilt, variants, DATA, metrics=["test_accuracy"])


def test_a_directory_must_be_a_folder(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ValueError, match=r"directory must be a folder\. Got '.*notes' instead"):
        make(tmp_path / "notes")
    (tmp_path / "experiments.json").write_text('{"format": 2, "fits": []}')
    with pytest.raises(ValueError, match=r"experiments\.json cannot be read: it has no settings"):
        make(tmp_path)


def test_a_file_of_an_earlier_format_is_refused_and_unchanged(tmp_path):
    saved = '{"format": 1, "settings": {}, "networks": {}, "fits": [{"change": "baseline"}]}'
    (tmp_path / "experiments.json").write_text(saved)
    with pytest.raises(
        ValueError, match=r"version 2 of the format\. Got 1 instead; the file is un"
    ):
        make(tmp_path)
    assert (tmp_path / "experiments.json").read_text() == saved
