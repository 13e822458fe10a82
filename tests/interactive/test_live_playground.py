"""The live playground: its arithmetic beside Python's, its widget, its HTML."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from mlcourse import activations, scratch
from mlcourse.interactive import bundle as bundling
from mlcourse.interactive.bundle import FOLDER, bundle, with_script
from mlcourse.interactive.components.playground import Playground, playground
from tests.interactive.golden_values import FILES
from tests.interactive.golden_values import FOLDER as GOLDEN
from tests.interactive.node import needs_node, run_node

JS_TESTS = Path(__file__).with_name("js")
ENTRIES = [
    entry.replace("element", kind)
    for entry in bundling.element_entries()
    for kind in ("element", "widget")
]
KERAS_CODE = """
import { Trainer } from "MODULES/trainer.js";
import { kerasCode } from "MODULES/keras_code.js";
const trainer = new Trainer(SETTINGS);
for (let i = 0; i < 3; i++) trainer.trainEpoch();
const x = trainer.data.x;
const { network } = trainer;
const n = trainer.train.n;
const outputs = [...network.forward(trainer.train.x, n, network.workspace(n))];
const points = [...trainer.train.indices].map((i) => [x[2 * i], x[2 * i + 1]]);
console.log(JSON.stringify({ code: kerasCode(trainer), points, outputs }));
"""


def assert_same(stored, computed, place):
    """Compare JSON values: numbers within 1e-9 of the largest, all else exactly."""
    if isinstance(computed, dict):
        assert list(stored) == list(computed), place
        for name, value in computed.items():
            assert_same(stored[name], value, f"{place}.{name}")
    elif isinstance(computed, list) and computed and all(isinstance(v, float) for v in computed):
        np.testing.assert_allclose(stored, computed, rtol=0, atol=1e-9, err_msg=place)
    elif isinstance(computed, list):
        assert len(stored) == len(computed), place
        for i, value in enumerate(computed):
            assert_same(stored[i], value, f"{place}[{i}]")
    else:
        assert stored == pytest.approx(computed, abs=1e-9), place


@pytest.mark.parametrize("name", FILES)
def test_golden_files_are_what_python_computes(name):
    stored = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert_same(stored, json.loads(json.dumps(FILES[name]())), name)


def test_golden_files_are_small():
    assert {path.stem for path in GOLDEN.iterdir()} == set(FILES)
    assert sum(path.stat().st_size for path in GOLDEN.iterdir()) < 85_000


@needs_node
def test_arithmetic_in_javascript_equals_python():
    tests = sorted(map(str, JS_TESTS.glob("*.test.mjs")))
    result = run_node("--test", *tests)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]


@needs_node
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_is_one_script_that_node_accepts(entry, tmp_path):
    text = bundle(entry)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert "</script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    file = tmp_path / ("bundle.mjs" if "export default" in text else "bundle.cjs")
    file.write_text(text, "utf-8")
    result = run_node("--check", str(file))
    assert result.returncode == 0, result.stderr


def test_bundles_stay_small():
    sizes = {entry: len(bundle(entry).encode()) for entry in ENTRIES}
    assert max(size for entry, size in sizes.items() if "playground" in entry) < 92_000
    assert max(size for entry, size in sizes.items() if "playground" not in entry) < 62_000
    assert len(bundle(*bundling.element_entries()).encode()) < 218_400


def test_a_bundle_refuses_other_forms_of_imports(tmp_path, monkeypatch):
    monkeypatch.setattr(bundling, "FOLDER", tmp_path)
    (tmp_path / "odd_form.js").write_text('import * as all from "./all.js";\n', "utf-8")
    with pytest.raises(ValueError, match=r"imports and exports of odd_form.js .*import \* as all"):
        bundle("odd_form")


def test_a_page_with_components_has_one_script_at_its_end():
    page = "<html><body><p>&lt;/body&gt;</p>{}</body></html>"
    tag = "<mlcourse-playground></mlcourse-playground>"
    html = with_script(page.format(2 * tag))
    assert html == page.format(f"{2 * tag}<script>\n{bundle('playground_element')}</script>\n")
    for other in ("", "<p>&lt;mlcourse-playground></p>", "<mlcourse-unknown></mlcourse-unknown>"):
        assert with_script(page.format(other)) == page.format(other)


def test_a_module_that_several_entries_import_is_once_in_their_bundle():
    both = bundle("settings_view", "playground_element")
    assert len(re.findall("^const dom = ", both, re.MULTILINE)) == 1
    assert both == bundle("settings_view", "playground_element", "dom")


def test_each_module_is_small_and_no_line_is_long():
    for path in FOLDER.rglob("*.js"):
        lines = path.read_text("utf-8").split("\n")
        assert len(lines) <= 400, path
        assert max(map(len, lines)) <= 120, path


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"points": "mars"}, r"points must be one of moons, .*Got 'mars' instead"),
        ({"color": 1}, "a setting must be one of points"),
        ({"hidden": [33]}, "each of hidden must be .*Got 33 instead"),
        ({"hidden": 4}, "hidden must be a list of at most 6 numbers of units. Got 4 instead"),
        ({"noise": 2}, "noise must be at most 1. Got 2 instead"),
        ({"features": []}, "features must have at least one name"),
        ({"features": ["x3"]}, "each of features must be one of x1"),
        ({"own_points": [[1, 2]]}, r"own_points must be a list of .* rows \[x1, x2, class\]"),
        ({"own_points": [[1, 2, 7]]}, r"classes must be 0, 1 or 2. Got \[7\] instead"),
        ({"own_points": [[1, 2000, 1]]}, "coordinates must be at most 1000. Got 2000 instead"),
        ({"points": "own"}, "points of one's own must be at least 2. Got 0 instead"),
        ({"points": 3}, r"points must be one of .* or a pair \(X, y\). Got 3 instead"),
        ({"points": ([[1, 2, 3]], [0])}, r"X must be of shape \(n, 2\). Got \(1, 3\) instead"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        Playground(**settings)


def test_layers_and_units_are_a_short_form():
    assert playground().settings == Playground().settings
    settings = playground(layers=2, units=32, noise=0.25).settings
    assert settings == Playground(hidden=[32, 32], noise=0.25).settings
    assert playground(layers=3).settings["hidden"] == [8, 8, 8]
    assert playground(units=5).settings["hidden"] == [5, 5]
    with pytest.raises(ValueError, match=r"hidden must not be given with layers.*Got \[4\]"):
        playground(layers=2, hidden=[4])
    with pytest.raises(ValueError, match=r"units must be .*Got 64 instead"):
        playground(units=64)


def test_set_starts_over():
    playground = Playground()
    playground.epoch = 3
    playground.weights = bytes(8 * playground.network.count_params()[0])
    playground.set(hidden=[5], activation="relu")
    assert playground.epoch == 0
    assert playground.network.sizes == [2, 5, 1]
    assert playground.settings["activation"] == "relu"


def test_points_of_ones_own():
    inputs, y = np.array([[0.5, 1], [2, 3], [4, 5], [6, 7]]), [0, 2, 1, 1]
    playground = Playground(points=(inputs, y), test_fraction=0.25)
    (train, labels), (test, test_labels) = playground.points
    assert sorted([*labels, *test_labels]) == [0, 1, 1, 2]
    assert len(train) == 3 and len(test) == 1
    assert playground.network.sizes == [2, 8, 4, 3]


def test_bytes_of_a_message_are_taken():
    playground = Playground(points="plane", hidden=[])
    playground.set_state({"weights": memoryview(np.array([1.0, 2.0, 3.0]).tobytes()), "epoch": 7})
    assert playground.epoch == 7
    np.testing.assert_array_equal(playground.predict([[1, 1], [0, 2]]), [[6], [7]])


def test_history_has_the_values_of_each_epoch():
    playground = Playground()
    assert playground.history.last == 0
    playground.columns = {
        "epoch": [0, 1, 2],
        "loss": [0.7, 0.6, 0.5],
        "val_loss": [None, None, None],
        "accuracy": [0.5, 0.6, 0.7],
        "val_accuracy": [None, None, None],
    }
    assert playground.history.history == {"loss": [0.6, 0.5], "accuracy": [0.6, 0.7]}
    assert playground.history.epochs["loss"] == [1, 2]


def test_model_in_keras_predicts_the_same():
    playground = Playground(
        points="blobs",
        hidden=[4, 3],
        activation="leaky_relu",
        dropout=0.2,
        features=["x1", "product"],
    )
    inputs = playground.points[0][0]
    model = playground.model()
    assert [type(layer).__name__ for layer in model.layers].count("Dropout") == 2
    outputs = model(playground.features(inputs).astype("float32"))
    np.testing.assert_allclose(np.asarray(outputs), playground.predict(inputs), atol=1e-6)


def test_a_keras_model_is_put_in():
    import keras

    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(5, "relu"),
            keras.layers.Dense(4, "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    playground = Playground(model, points="circles")
    assert playground.settings["hidden"] == [5, 4]
    assert playground.settings["activation"] == "relu"
    inputs = playground.points[0][0]
    np.testing.assert_allclose(playground.predict(inputs), np.asarray(model(inputs)), atol=1e-6)
    assert json.loads(
        re.search(r'weights="(.*?)"', playground.to_html(script=False))[1]
    ) == pytest.approx(np.concatenate([np.ravel(w) for w in model.get_weights()]).tolist())


def layers(*pairs, output=None):
    """Return a model of our own with these (inputs, units) and one activation name each."""
    made = []
    for number, (inputs, units, name) in enumerate(pairs):
        made.append(scratch.Affine(f"dense {number}", inputs, units))
        made.append(scratch.Activation(f"activation {number}", activations.find(name)))
    return scratch.Model(made)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([(3, 1, "sigmoid")], "a model must take the 2 features x1, x2. Got 3 inputs instead"),
        ([(2, 1, "tanh")], "a model must end in 1 x sigmoid for these points. Got 1 x tanh"),
        ([(2, 3, "softmax")], "must end in 1 x sigmoid for these points. Got 3 x softmax"),
        ([(2, 40, "relu"), (40, 1, "sigmoid")], r"6 hidden layers of 32 units. Got \[40\]"),
        (
            [(2, 3, "relu"), (3, 3, "tanh"), (3, 1, "sigmoid")],
            "hidden layers must have the same activation, one of .*Got relu and tanh instead",
        ),
    ],
)
def test_other_models_are_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        Playground(layers(*pairs))


def test_another_slope_is_refused():
    model = layers((2, 3, "relu"), (3, 1, "sigmoid"))
    model.layers[1] = scratch.LeakyRelu("leaky", 0.3)
    with pytest.raises(ValueError, match=r"Got leaky_relu with slope 0\.3 instead"):
        Playground(model)


@pytest.mark.parametrize("points", ["moons", "three_spirals", "sine"])
def test_html_asks_nothing_of_another_host_and_has_an_image(points):
    html = Playground(points=points, n_samples=30).to_html()
    assert not re.search(r"""(?:src|href)=(?!["]data:)""", html)
    assert 'alt="Points (' in html
    assert "It needs JavaScript." in html
    assert html.count("<script>") == 1
    assert "<script" not in Playground(points=points, n_samples=30).to_html(script=False)


def test_what_a_notebook_shows(monkeypatch):
    playground = Playground(n_samples=20)
    shown = playground._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(shown)
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "0")
    assert set(playground._repr_mimebundle_()) == {"image/png", "text/plain"}
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "prerender")
    html = playground._repr_mimebundle_()["text/html"]
    assert html.startswith("<mlcourse-playground") and "<script" not in html


@needs_node
@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "leaky_relu", "features": ["x1", "x2", "sin_x1", "x2_squared"]},
        {"points": "blobs", "activation": "gelu", "dropout": 0.2, "l2": 0.01, "hidden": [5]},
        {"points": "sine", "activation": "swish", "optimizer": "nesterov", "hidden": []},
        {"activation": "selu", "optimizer": "adamw", "l1": 0.001},
    ],
)
def test_code_for_keras_gives_the_same_network(settings, tmp_path):
    source = KERAS_CODE.replace("MODULES", FOLDER.as_uri())
    script = tmp_path / "code.mjs"
    script.write_text(source.replace("SETTINGS", json.dumps(settings)), "utf-8")
    result = run_node(str(script))
    assert result.returncode == 0, result.stderr
    made = json.loads(result.stdout)
    names = {}
    exec(made["code"], names)
    inputs = names["features"](np.array(made["points"])).astype("float32")
    outputs = np.asarray(names["model"](inputs))
    np.testing.assert_allclose(outputs.ravel(), made["outputs"], atol=2e-5)
    targets = np.eye(3)[:2] if settings.get("points") == "blobs" else np.zeros((2, 1))
    names["model"].fit(inputs[:2], targets, verbose=0)  # it is compiled


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "linear"])
def test_the_model_of_a_playground_is_loaded_again(activation):
    first = Playground(hidden=[3, 2], activation=activation, seed=1)
    second = Playground(hidden=[4])
    second.load_model(first.model())
    assert second.settings["hidden"] == [3, 2]
    assert second.settings["activation"] == activation
    np.testing.assert_allclose(second.predict([[0.5, -1.0]]), first.predict([[0.5, -1.0]]), 1e-6)
