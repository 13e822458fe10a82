import os
import shutil

import keras
import numpy as np
import pytest
from matplotlib.colors import to_hex

from mlcourse import training
from mlcourse.figures import plot_history
from mlcourse.history import as_histories, as_history
from mlcourse.training import runs

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 4)).astype("float32"), RNG.integers(0, 2, 32)


def model(units):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(units), keras.layers.Dense(2, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    settings = {"metrics": ["accuracy"], "run_eagerly": True}  # eager fits start faster
    network.compile("sgd", "sparse_categorical_crossentropy", **settings)
    return network


def fit(run, units=2, epochs=2, **options):
    options = {"batch_size": 16, "validation_split": 0.5, "verbose": 0, **options}
    return training.fit(model(units), X, Y, run=run, epochs=epochs, **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder of two runs, the later one first by name, and their histories."""
    path = tmp_path_factory.mktemp("trained") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_RUNS", str(path))
        found = {"small": fit("small").history, "large (2)": fit("large (2)", 300, 3).history}
    for when, name in enumerate(found):
        os.utime(path / name / "run.json", (1e9 + when, 1e9 + when))
    return path, found


@pytest.fixture
def folder(trained, tmp_path, monkeypatch):
    """Copy the two runs."""
    shutil.copytree(trained[0], tmp_path / "saved")
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "saved"))
    return tmp_path / "saved"


def test_the_list_names_the_runs_the_latest_last(folder):
    (folder / "notes").mkdir()
    (folder / "notes.txt").touch()
    assert runs.list_runs() == ["small", "large (2)"]


def test_there_need_be_no_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "nowhere"))
    assert runs.list_runs() == []
    with pytest.raises(ValueError, match=r"run must be a saved run, in .*nowhere\. Got 'one'"):
        runs.load("one")
    with pytest.raises(ValueError, match=r"names must have at least one run\. Got \[\] instead"):
        runs.compare()
    assert not (tmp_path / "nowhere").exists()


def test_without_a_name_for_it_the_folder_is_runs(tmp_path, monkeypatch):
    monkeypatch.delenv("MLCOURSE_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    fit("one", epochs=1)
    assert runs.list_runs() == ["one"]
    assert (tmp_path / "runs" / "one" / "last.keras").exists()


def test_a_run_says_what_it_was(folder, trained):
    run = runs.load("large (2)")
    assert run.name == "large (2)"
    assert run.path == folder / "large (2)"
    assert run.history == trained[1]["large (2)"]
    assert run.log.epochs["val_loss"] == [1, 2, 3]
    assert run.seconds > 0
    config = run.config
    assert (config["epochs"], config["seed"]) == (3, 0)
    assert config["settings"]["batch_size"] == 16
    assert config["settings"]["x"].startswith("float32 (32, 4) ")
    assert config["network"]["parameters"] == 4 * 300 + 300 + 300 * 2 + 2
    assert config["network"]["compiled"]["optimizer"]["class_name"] == "SGD"
    assert config["network"]["layers"][0] == ["Dense", [[4, 300], [300]]]
    assert config["environment"]["keras"] == keras.__version__
    assert keras.backend.backend() in config["environment"]


def test_a_run_is_a_line(folder):
    run = runs.load("small")
    assert repr(run) == f"Run 'small': 2 of 2 epochs · {run.log.best_summary()}"
    assert "best validation accuracy" in repr(run)


@pytest.mark.parametrize("which", ["last", "best"])
def test_a_run_gives_its_models(folder, which):
    run = runs.load("large (2)")
    epoch = run.log.last if which == "last" else run.log.best()[1]
    loss, accuracy = run.model(which).evaluate(X[16:], Y[16:], batch_size=16, verbose=0)
    assert accuracy == run.history["val_accuracy"][epoch - 1]
    assert loss == pytest.approx(run.history["val_loss"][epoch - 1], rel=1e-6)


def test_another_model_is_refused(folder):
    with pytest.raises(ValueError, match=r"which must be .*best.*last.* Got 'first'"):
        runs.load("small").model("first")


def test_an_unknown_run_is_refused_with_those_there_are(folder):
    message = r"run must be one of small, large \(2\), in .*saved\. Got 'smal'"
    for ask in (runs.load, runs.compare):
        with pytest.raises(ValueError, match=message):
            ask("smal")
    with pytest.raises(ValueError, match=message):
        runs.compare(["small", "smal"])


@pytest.mark.parametrize("name", ["../kept/small", "small/", ".", ""])
def test_what_is_no_name_is_refused(folder, name):
    with pytest.raises(ValueError, match=r"run must be a name of letters"):
        runs.load(name)


def test_looking_at_runs_writes_nothing(folder):
    def state():
        return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    before = state()
    runs.load("small").model("best")
    str(runs.compare()).encode()
    assert state() == before


def test_runs_are_compared_in_a_table(folder):
    expected = []
    for name, size, epochs in (("small", "16", "2 of 2"), ("large (2)", "2,102", "3 of 3")):
        best, epoch, value = runs.load(name).log.best()
        expected.append([*name.split(), size, *epochs.split(), best, str(epoch), f"{value:.4f}"])
    found = str(runs.compare()).splitlines()
    assert len({len(line) for line in found}) == 1
    assert " ".join(found[0].split()) == "run parameters epochs seconds best in epoch value"
    for line, (*start, best, epoch, value) in zip(found[1:], expected, strict=True):
        words = line.split()
        assert words[: len(start)] == start
        assert words[-3:] == [best, epoch, value]
        assert words[len(start)] == f"{runs.load(' '.join(start[:-4])).seconds:.0f}"
    assert repr(runs.compare()) == str(runs.compare())


def test_a_notebook_shows_the_comparison_as_a_table(folder):
    html = runs.compare()._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 3
    assert [
        name for name in ("small", "large (2)", "2,102", "3 of 3") if f">{name}<" not in html
    ] == []


def test_runs_are_compared_in_the_order_of_their_names(folder):
    comparison = runs.compare(["large (2)", "small"])
    assert [run.name for run in comparison.runs] == ["large (2)", "small"]
    assert [row[0] for row in comparison.rows] == ["large (2)", "small"]
    assert [run.name for run in runs.compare("small").runs] == ["small"]


def test_runs_are_drawn_with_a_colour_each(folder, trained):
    figure = runs.compare().plot(metrics=["accuracy"])
    lines = [line for axes in figure.axes for line in axes.get_lines()]
    drawn = [tuple(line.get_ydata()) for line in lines]
    for history in trained[1].values():
        assert tuple(history["val_accuracy"]) in drawn
        assert tuple(history["val_loss"]) in drawn
    losses = [tuple(history["val_loss"]) for history in trained[1].values()]
    assert len({to_hex(lines[drawn.index(loss)].get_color()) for loss in losses}) == 2


def test_a_run_is_a_history_to_the_figures(folder):
    run = runs.load("small")
    assert as_history(run) is run.log
    assert list(as_histories([run])) == ["small"]
    assert plot_history(run).axes


def test_a_run_that_has_only_begun_has_no_epochs(folder):
    class Breaks(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit("begun", callbacks=[Breaks()])
    run = runs.load("begun")
    assert (run.log.last, run.history, run.seconds) == (0, {}, 0)
    assert repr(run) == "Run 'begun': 0 of 2 epochs"
    assert runs.list_runs()[-1] == "begun"
    assert "begun" in str(runs.compare())
    assert runs.compare(["begun"]).rows[0][2:4] == ["0 of 2", "0"]


def test_a_run_whose_last_model_is_gone_is_refused_and_left_as_it_is(folder):
    path = folder / "small"
    kept = {one.name: one.read_bytes() for one in path.iterdir() if one.name != "lock"}
    (path / "last.keras").unlink()
    with pytest.raises(runs.RunUnreadable, match=r"last\.keras is missing"):
        runs.load("small")
    (path / "last.keras").write_bytes(kept["last.keras"])
    assert {one.name: one.read_bytes() for one in path.iterdir() if one.name != "lock"} == kept


def test_a_run_without_a_best_epoch_has_no_best_model(folder):
    (folder / "small" / "best.keras").unlink()
    with pytest.raises(ValueError, match=r"which must be a model that the run has\. Got 'best'"):
        runs.load("small").model()
