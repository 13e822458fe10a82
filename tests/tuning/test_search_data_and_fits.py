"""Searches with custom fits, weights, executions, and data other than arrays."""

import keras
import keras_tuner
import numpy as np
import pytest

from mlcourse import tuning
from mlcourse.training.splits import set_seed
from mlcourse.tuning import search_file
from mlcourse.tuning.trial import trial_seed
from mlcourse.tuning.trials import Trial, Trials

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype("float32")
Y = (X[:, 0] > 0).astype(int)
DATA = {"train": (X[:40], Y[:40]), "validation": (X[40:], Y[40:])}
OBJECTIVE = keras_tuner.Objective("val_loss", "min")


def build(hp):
    layers = [keras.Input((3,)), keras.layers.Dense(hp.Choice("units", [2, 3]), "relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(2, "softmax")])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"], run_eagerly=True)
    return model


def search(build=build, data=DATA, **options):
    options = {"trials": 2, "epochs": 2, "batch_size": 20, "objective": "val_loss", **options}
    return tuning.search(build, data, **options)


class Steps(keras.callbacks.Callback):
    noted: list = []  # noqa: RUF012

    def on_train_begin(self, logs=None):
        Steps.noted.append((self.params["steps"], self.params["epochs"]))


class Hyper(keras_tuner.HyperModel):
    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("batch_size", [5, 8, 10]), **kwargs)


class Plain(keras_tuner.HyperModel):
    def build(self, hp):
        return build(hp)


def test_a_hypermodel_without_a_fit_is_its_build_function():
    scores = [[one.score for one in search(kind).trials.trials] for kind in (build, Plain())]
    assert scores[0] == scores[1]


def test_the_fit_of_a_hypermodel_trains_with_what_it_asks_for(tmp_path, monkeypatch):
    monkeypatch.setattr(Steps, "noted", [])
    options = {"trials": 4, "directory": tmp_path, "callbacks": [Steps()]}
    found = search(Hyper(), **options)
    trials = found.trials.trials
    assert Steps.noted == [(40 // one.values["batch_size"], 2) for one in trials]
    assert len({one.values["batch_size"] for one in trials}) > 1
    loss, _ = found.best_model().evaluate(*DATA["validation"], verbose=0)
    assert loss == pytest.approx(found.trials.best.score)
    assert search(Hyper(), **options).trials == found.trials
    assert len(Steps.noted) == 4


@pytest.mark.parametrize("as_dict", [False, True])
def test_a_fit_may_return_the_objective_itself(as_dict):
    class Custom(Hyper):
        def fit(self, hp, model, x, y, validation_data, **kwargs):
            value = float(hp.Int("units_of_fit", 1, 9))
            return {"quality": value, "more": 1.0} if as_dict else value

    found = search(Custom(), objective=keras_tuner.Objective("quality", "max"), trials=3)
    assert [one.score for one in found.trials.trials] == [
        one.values["units_of_fit"] for one in found.trials.trials
    ]
    assert found.best_model().built


def test_a_fit_without_a_result_fails_its_trial():
    class Silent(Hyper):
        def fit(self, hp, model, *args, **kwargs):
            pass

    (failed,) = search(Silent(), trials=1).trials.failed
    expected = (
        "HyperModel.fit() must return a History, a float, or a dict of metrics, with 'val_loss'"
    )
    assert failed.note == f"ValueError: {expected}. Got None instead."


def test_the_columns_of_a_table_differ_in_name(tmp_path):
    found = Trials("loss", -1, 1, [Trial(0, {"epochs": 3}, "completed", 0.5, epochs=2)])
    assert found.head == ["trial", "epochs", "trained epochs", "seconds", "loss"]
    first = found.to_csv(tmp_path / "a.csv").read_text().splitlines()[0].split(",")
    assert len(first) == len(set(first))


@pytest.mark.parametrize("scoped", [False, True])
def test_only_hyperparameters_that_a_trial_asked_for_are_listed(tmp_path, scoped):
    def conditional(hp):
        layers = hp.Choice("layers", [1, 2])
        if scoped:
            with hp.conditional_scope("layers", [2]):
                hp.Int("units_2", 2, 4)
        elif layers > 1:
            hp.Int("units_2", 2, 4)
        return build(hp)

    found = search(conditional, trials=8, epochs=1, directory=tmp_path).trials
    assert {one.values["layers"] for one in found.trials} == {1, 2}
    for one in found.trials:
        assert ("units_2" in one.values) == (one.values["layers"] == 2)
    assert search_file.read(tmp_path).trials == found.trials


def _by_hand(found, number, execution=0, weights=None, **options):
    """Train the model of a trial by Keras alone, and return its history."""
    trial = found.trials.trials[number]
    set_seed(trial_seed(0, number, execution))
    hp = keras_tuner.HyperParameters()
    hp.values.update(trial.values)
    model = build(hp)
    data = {"validation_data": DATA["validation"], "sample_weight": weights, **options}
    return model.fit(*DATA["train"], 20, 2, verbose=0, **data).history


def test_class_weight_and_sample_weight_are_those_of_keras():
    weights = np.where(Y == 1, 5.0, 1.0).astype("float32")
    data = {"train": (*DATA["train"], weights[:40]), "validation": DATA["validation"]}
    by_class = search(class_weight={0: 1.0, 1: 5.0})
    by_sample = search(data=data)
    for number in range(2):
        expected = min(_by_hand(by_sample, number, weights=weights[:40])["val_loss"])
        plain = min(_by_hand(by_sample, number)["val_loss"])
        assert by_sample.trials.trials[number].score == pytest.approx(expected)
        assert by_class.trials.trials[number].score == pytest.approx(expected)
        assert expected != pytest.approx(plain)


def test_the_score_is_the_mean_over_executions():
    found = search(executions_per_trial=2)
    for number, trial in enumerate(found.trials.trials):
        scores = [min(_by_hand(found, number, one)["val_loss"]) for one in range(2)]
        assert scores[0] != scores[1]
        assert trial.score == pytest.approx(np.mean(scores))
    best = found.trials.best.number
    scores = [min(_by_hand(found, best, one)["val_loss"]) for one in range(2)]
    loss, _ = found.best_model().evaluate(*DATA["validation"], verbose=0)
    assert loss == pytest.approx(min(scores))


@pytest.mark.parametrize(
    ("change", "name"),
    [({"class_weight": {0: 2.0, 1: 1.0}}, "class_weight"), ({"executions_per_trial": 2}, "exec")],
)
def test_a_search_is_not_resumed_with_other_weights_or_executions(tmp_path, change, name):
    search(directory=tmp_path, trials=1)
    with pytest.raises(ValueError, match=f"^{name}.* must be the same as in the search"):
        search(directory=tmp_path, trials=1, **change)


class Batches:
    """A re-iterable object of batches."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        for start in range(0, len(self.x), 20):
            yield self.x[start : start + 20], self.y[start : start + 20]


class Sequence(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.batches = list(Batches(x, y))

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def _tf_data(x, y):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(20)


@pytest.mark.parametrize("kind", [Batches, Sequence, _tf_data])
def test_datasets_are_data(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(Steps, "noted", [])
    data = {name: kind(*part) for name, part in DATA.items()}
    found = search(data=data, directory=tmp_path, callbacks=[Steps()])
    assert Steps.noted == [(2, 2)] * 2 or kind is _tf_data
    assert [one.epochs for one in found.trials.trials] == [2, 2]
    loss, _ = found.best_model().evaluate(*DATA["validation"], verbose=0)
    assert loss == pytest.approx(found.trials.best.score, rel=1e-5)
    assert search(data=data, directory=tmp_path).trials == found.trials


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"data": {**DATA, "train": (one for one in [DATA["train"]])}},
            r"train in data must be re-iterable, for example arrays\. Got a generator instead\.",
        ),
        ({"data": {**DATA, "train": (X, Y, X[:3, 0])}}, "must have the same length"),
        ({"class_weight": {0: -1.0}}, "class_weight of class 0 must be a number, at least 0"),
        ({"class_weight": 3}, "class_weight must be a dict"),
        ({"executions_per_trial": 0}, "executions_per_trial must be a whole number"),
        (
            {"class_weight": {0: 1.0}, "data": {**DATA, "train": (X, Y, X[:, 0])}},
            "class_weight must be None where train in data has sample weights",
        ),
    ],
)
def test_bad_data_and_weights_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        search(**options)
