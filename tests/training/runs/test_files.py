import json
import shutil
import zipfile

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse import training
from mlcourse._core import files
from mlcourse.training import runs
from mlcourse.training.runs import run as run_files
from mlcourse.training.runs.run import RunUnreadable

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(32, 3)).astype("float32"), RNG.normal(size=(32, 1)).astype("float32")
EPOCHS = 3


def model():
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    network.compile("sgd", "mse", run_eagerly=True)  # eager fits start faster
    return network


def fit(run="one", **options):
    options = {"epochs": EPOCHS, "batch_size": 16, "verbose": 0, **options}
    return training.fit(model(), X, Y, run=run, **options)


def contents(path):
    return {one.name: one.read_bytes() for one in path.iterdir() if one.name != "lock"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_RUNS", str(path))
        fit()
    return path / "one"


@pytest.fixture
def run(kept, tmp_path, monkeypatch):
    """Return the folder of a completed run, to be damaged."""
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    shutil.copytree(kept, tmp_path / "one")
    return tmp_path / "one"


@pytest.mark.parametrize(
    "name", ["one", "1", "batch norm", "lr=0.1, wd=1e-3", "a+b (2)", "größer", "v1.2", "a-b_c"]
)
def test_a_name_is_one_that_a_folder_can_have(name):
    assert run_files.check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a:b", "a ", "a.", " a", "a\n", "-a", 3, None]
)
def test_another_name_is_refused(name):
    with pytest.raises(ValueError, match=r"run must be a name of letters, digits.* Got .* instead"):
        run_files.check_name(name)


def test_the_folder_is_that_of_the_environment_or_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    assert run_files.folder() == tmp_path
    monkeypatch.setenv("MLCOURSE_RUNS", "")
    assert str(run_files.folder()) == "runs"
    monkeypatch.delenv("MLCOURSE_RUNS")
    assert str(run_files.folder()) == "runs"


numbers = st.floats() | st.integers() | st.booleans() | st.none()
values = st.recursive(numbers, lambda inner: st.lists(inner, max_size=4), max_leaves=8)


@settings(max_examples=50, deadline=None)
@given(values | st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_a_record_comes_back_as_it_was(record):
    text = files.as_json(record)
    assert "\n" not in text
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert repr(files.from_json(text)) == repr(files.json_roundtrip(record)) == repr(record)


def test_arrays_and_their_numbers_become_lists_and_numbers():
    record = {
        "f1": np.array([0.5, np.nan]),
        "loss": np.float32(np.inf),
        "epoch": np.int64(3),
        "pair": (1, -np.inf),
    }
    expected = '{"f1": [0.5, "nan"], "loss": "inf", "epoch": 3, "pair": [1, "-inf"]}'
    assert files.as_json(record) == expected
    found = files.from_json(expected)
    assert repr(found) == "{'f1': [0.5, nan], 'loss': inf, 'epoch': 3, 'pair': [1, -inf]}"


def test_a_text_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    files.write_text(path, "one")

    def full(file):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(files, "flush_to_disk", full)
        with pytest.raises(OSError, match="no space left"):
            files.write_text(path, "another one")
    assert path.read_text() == "one"
    files.write_text(path, "two")
    assert path.read_text() == "two"
    assert [one.name for one in tmp_path.iterdir()] == ["run.json"]


def test_a_copy_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    source, target = tmp_path / "last.keras", tmp_path / "best.keras"
    source.write_bytes(b"new")
    target.write_bytes(b"old")

    def cut_short(source, target):
        target.write_bytes(b"n")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_files.shutil, "copyfile", cut_short)
        with pytest.raises(KeyboardInterrupt):
            run_files.copy(source, target)
    assert target.read_bytes() == b"old"
    run_files.copy(source, target)
    assert target.read_bytes() == source.read_bytes() == b"new"


def test_a_model_is_saved_whole_or_not_at_all(tmp_path, monkeypatch):
    path, network = tmp_path / "last.keras", model()
    run_files.save_model(network, path, {"epoch": 1}, {"a/0": np.arange(3)})

    def full(file, **arrays):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(run_files.np, "savez", full)
        with pytest.raises(OSError, match="no space left"):
            run_files.save_model(network, path, {"epoch": 2}, {})
    state, arrays = run_files.read_state(path)
    assert state == {"format": 1, "epoch": 1}
    np.testing.assert_array_equal(arrays["a/0"], [0, 1, 2])
    again = keras.saving.load_model(path)  # Keras ignores additional members
    np.testing.assert_array_equal(again.get_weights()[0], network.get_weights()[0])


def test_a_last_line_that_is_cut_short_is_passed_over(tmp_path):
    path = tmp_path / "history.jsonl"
    record = {"epoch": 1, "seconds": 0.5, "values": {"loss": 2.0}}
    assert run_files.read_lines(path) == []
    files.append_line(path, record)
    assert run_files.read_lines(path) == [record]
    with path.open("a") as file:
        file.write('{"epo')
    assert run_files.read_lines(path) == [record]


@pytest.mark.parametrize("line", ["5", "[]", '{"epoch": 1}', "null"])
def test_a_line_that_is_no_epoch_s_is_damage(tmp_path, line):
    path = tmp_path / "history.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(run_files.RunUnreadable, match="a line that is not an epoch"):
        run_files.read_lines(path)


def cut_in_the_middle(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def empty(path):
    path.write_bytes(b"")


def change_a_line(path):
    first, second, *others = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, second[: len(second) // 2], "\n", *others]))


def drop_a_line(path):
    first, _, *others = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first, *others]))


def not_utf_8(path):
    path.write_bytes(b"\xff" + path.read_bytes())


def another_version(path):
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))


def a_list(path):
    path.write_text("[1, 2]")


def flip_a_byte_of_the_weights(path):
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("model.weights.h5")
    whole[member.header_offset + member.compress_size // 2] ^= 1
    path.write_bytes(whole)


def flip_a_byte_of_the_arrays(path):
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo(run_files.ARRAYS)
    whole[member.header_offset + 30 + len(run_files.ARRAYS) + member.compress_size // 2] ^= 64
    path.write_bytes(whole)


def change_state(path, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def a_model_of_another_version(path):
    def change(members):
        members[run_files.STATE] = json.dumps({**json.loads(members[run_files.STATE]), "format": 2})

    change_state(path, change)


def a_model_of_keras_alone(path):
    change_state(
        path, lambda members: [members.pop(name) for name in (run_files.STATE, run_files.ARRAYS)]
    )


def gone(path):
    path.unlink()


DAMAGES = [
    ("run.json", cut_in_the_middle, r"run\.json cannot be read"),
    ("run.json", empty, r"run\.json cannot be read"),
    ("run.json", not_utf_8, r"run\.json cannot be read"),
    (
        "run.json",
        another_version,
        r"run\.json must be of version 1 .* Got 2 instead; the file is unchanged",
    ),
    ("run.json", a_list, r"run\.json must be of version 1 of the format\. Got None"),
    ("history.jsonl", cut_in_the_middle, r"history\.jsonl must have a line for each of 3 epochs"),
    ("history.jsonl", change_a_line, r"history\.jsonl has a line that is not an epoch"),
    (
        "history.jsonl",
        drop_a_line,
        r"a line for each of 3 epochs\. Got 2 instead; the file is unchanged",
    ),
    ("history.jsonl", gone, r"a line for each of 3 epochs\. Got 1 instead; the file is unchanged"),
    ("history.jsonl", not_utf_8, r"history\.jsonl has a line that is not an epoch"),
    ("last.keras", cut_in_the_middle, r"last\.keras cannot be read"),
    ("last.keras", empty, r"last\.keras cannot be read"),
    ("last.keras", flip_a_byte_of_the_weights, r"last\.keras cannot be read: .*model\.weights\.h5"),
    ("last.keras", flip_a_byte_of_the_arrays, r"last\.keras cannot be read: .*mlcourse\.npz"),
    ("last.keras", a_model_of_another_version, r"last\.keras must be of version 1 .* Got 2"),
    ("last.keras", a_model_of_keras_alone, r"last\.keras cannot be read: .*mlcourse\.json"),
]


@pytest.mark.parametrize(
    ("name", "damage", "message"), DAMAGES, ids=[f"{name}-{do.__name__}" for name, do, _ in DAMAGES]
)
def test_a_run_with_a_damaged_file_is_refused_and_left_as_it_is(run, name, damage, message):
    damage(run / name)
    before = contents(run)
    with pytest.raises(RunUnreadable, match=message):
        runs.load("one")
    with pytest.raises(RunUnreadable, match=message):
        fit(epochs=EPOCHS + 1)
    assert contents(run) == before


def test_a_run_whose_settings_are_missing_is_refused_and_left_as_it_is(run):
    (run / "run.json").unlink()
    before = contents(run)
    with pytest.raises(RunUnreadable, match=r"run\.json is missing, but there is a last\.keras"):
        fit()
    assert contents(run) == before


def test_a_setting_that_is_missing_is_damage_too(run):
    config = json.loads((run / "run.json").read_text())
    del config["network"]
    (run / "run.json").write_text(json.dumps(config))
    before = contents(run)
    with pytest.raises(RunUnreadable, match=r"run\.json"):
        fit()
    assert contents(run) == before


def test_any_flipped_byte_of_a_model_is_found_or_does_no_harm(run):
    path = run / "last.keras"
    whole = path.read_bytes()
    state, arrays = run_files.read_state(path)
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
    places = [*range(0, 40), *range(directory, len(whole)), *range(0, directory, 997)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 255
        path.write_bytes(damaged)
        try:
            found = run_files.read_state(path)
        except RunUnreadable:
            continue
        assert found[0] == state
        assert found[1].keys() == arrays.keys()


@pytest.mark.parametrize("damage", [cut_in_the_middle, flip_a_byte_of_the_weights])
def test_a_damaged_best_model_is_refused_when_it_is_asked_for(run, damage):
    damage(run / "best.keras")
    found = runs.load("one")
    with pytest.raises(RunUnreadable, match=r"best\.keras cannot be read"):
        found.model()
    assert found.model("last").count_params() == 4
