"""Old code in notebooks: what `mlcourse doctor NOTEBOOK` finds, and what it says to write."""

import builtins
import importlib
import json
import warnings
from contextlib import nullcontext
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn.linear_model
import sklearn.manifold
import sklearn.preprocessing
import tensorflow as tf
from matplotlib import pyplot as plt

import mlcourse
from mlcourse.cli import main
from mlcourse.lectures.old_notebooks import RULES, example, old_code
from mlcourse.lectures.old_notebooks.moves import MOVES, modern_name, old_part
from mlcourse.lectures.old_notebooks.package_rules import UNREADABLE

PAGE = Path(__file__).parents[2] / "docs" / "old-notebooks.md"
IMPORTS = """import keras, tensorflow as tf, tensorflow_addons as tfa
import numpy as np, sklearn, matplotlib.pyplot as plt"""
SILENT = {  # what runs, and does something else or nothing
    "keras.layers.Convolution2D(32, 3, 3)",
    'model.compile("sgd", "mse"); model.save("x.h5"); keras.models.load_model("x.h5")',
    "tf.executing_eagerly()",
}
ERRORS = (
    *(AttributeError, ImportError, KeyError, NameError, OSError, SyntaxError, TypeError),
    *(UserWarning, ValueError),
)
OF_TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="is of it")


def notebook(path, *cells, **metadata):
    """Write a notebook; a cell is its code, a list of lines, or a dict."""
    cells = [
        cell if isinstance(cell, dict) else {"cell_type": "code", "source": cell} for cell in cells
    ]
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path = path / "course.ipynb"
    path.write_text(json.dumps(content))
    return path


def found(path):
    return [(code.cell, code.line, code.new) for code in old_code(path)]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.ones((4, 3)), np.zeros(4)


def make_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with saved models."""
    folder, model = tmp_path_factory.mktemp("models"), make_model()
    for name in "model.keras", "x.weights.h5", "x.h5", "old.h5":
        save = model.save_weights if "weights" in name else model.save
        save(folder / name)
    return folder


@pytest.fixture
def names(folder, monkeypatch):
    """Return what the code of rules works with."""
    monkeypatch.chdir(folder)
    model = make_model()
    x, y = np.ones((8, 3), "float32"), np.zeros(8)
    a = keras.Input((3,))
    names = {"keras": keras, "tf": tf, "mlcourse": mlcourse, "model": model, "x": x, "y": y}
    names |= {"np": np, "plt": plt, "sklearn": sklearn, "table": pd.DataFrame({"a": [1]})}
    names |= {"batches": Batches(), "batch_size": 4, "steps": 2, "a": a, "b": a}
    image_format = keras.config.image_data_format()
    yield names
    keras.config.set_image_data_format(image_format)
    plt.close("all")


OF_CODE = [rule for rule in RULES if not rule.old.startswith(("%", "!"))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.old)
def test_the_old_code_is_found(rule, tmp_path):
    path = notebook(tmp_path, IMPORTS, rule.old)
    found = [code for code in old_code(path) if code.cell == 2]
    assert rule in [code.rule for code in found]
    is_note_too = "from tensorflow.keras.preprocessing" in rule.old
    assert is_note_too or {code.new for code in found} == {example(rule)}


@OF_TENSORFLOW
@pytest.mark.parametrize("rule", OF_CODE, ids=lambda rule: rule.old)
def test_the_old_code_no_longer_runs(rule, names):
    if rule.status == "note" or rule.old in SILENT or "tensorflow.python" in rule.old:
        return
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch, plt.style.context({}):
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # of other tests
        warnings.filterwarnings("ignore", "scipy.misc is deprecated")  # its functions are gone
        patch.setitem(names, "tfa", None)  # which cannot be installed beside Keras 3
        with pytest.raises(ERRORS):
            exec(rule.old, names)


@OF_TENSORFLOW
@pytest.mark.parametrize("rule", OF_CODE, ids=lambda rule: rule.old)
def test_what_to_write_runs_without_a_warning(rule, names):
    is_error = example(rule) == 'raise ValueError("x")'
    with plt.style.context({}), pytest.raises(ValueError) if is_error else nullcontext():
        exec(example(rule), names)


def test_two_numbers_of_a_kernel_are_read_as_a_kernel_and_strides():
    old = keras.layers.Convolution2D(32, 3, 3)
    assert (old.kernel_size, old.strides) == ((3, 3), (3, 3))


def test_a_model_of_a_short_loss_cannot_be_loaded_from_hdf5(names):
    names["model"].compile("sgd", "mse")
    names["model"].save("x.h5")
    with pytest.raises(ValueError, match="Could not deserialize"):
        keras.models.load_model("x.h5")
    keras.models.load_model("x.h5", compile=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.old)
def test_the_page_has_a_row_for_each_rule(rule):
    assert f"| `{rule.old}` | `{example(rule)}` | {rule.note} |".replace("|  |", "| |") in (
        PAGE.read_text()
    )


def test_the_page_has_no_other_rows():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    last_helper = next(n for n, row in enumerate(rows) if "x_train, x_val, y_train, y_val" in row)
    assert len(rows) - last_helper - 1 == len(RULES)


@OF_TENSORFLOW
@pytest.mark.parametrize("old", MOVES)
def test_a_name_that_has_moved_is_where_the_rules_say(old):
    package = old.split(".")[0]
    if package in ("scipy", "sklearn") and not importlib.util.find_spec(package):
        pytest.skip(f"{package} is missing")
    assert resolved(modern_name(old)) is not None
    works_outside_of_keras = old.startswith("tensorflow.compat.v1") or "optimizers.legacy" in old
    assert works_outside_of_keras or resolved(old) is None
    if old.startswith("keras.") and old_part(f"tensorflow.{old}"):
        assert "optimizers.legacy" in old or resolved(f"tensorflow.{old}") is None


def resolved(full):
    """Return what a full name stands for; None if there is no such thing."""
    parts = full.split(".")
    if len(parts) == 1 and hasattr(builtins, full):
        return getattr(builtins, full)
    with warnings.catch_warnings(action="ignore"):
        for count in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:count]))
                for part in parts[count:]:
                    found = getattr(found, part)
            except (ImportError, AttributeError):
                continue
            return found
    return None


def test_new_code_is_not_found(tmp_path):
    imports = IMPORTS.replace(", tensorflow_addons as tfa", "")
    code = [example(rule) for rule in RULES if not example(rule).startswith("tf.compat")]
    problems = [
        one
        for one in old_code(notebook(tmp_path, imports, *code))
        if one.rule.old != "keras.layers.Conv2D(32, 3, 3)"
    ]
    assert [(one.text, one.new) for one in problems if one.text != UNREADABLE.new] == []


@pytest.mark.parametrize(
    "code",
    [
        "from torch.optim import SGD\nSGD(params, lr=0.1)",
        "import torch.optim as optim\noptim.Adam(net.parameters(), lr=0.1)",
        "import torch\ntorch.nn.Dropout(p=0.5)\ntorch.save(model, 'model')",
        "from sklearn.svm import SVC\nmodel = SVC().fit(x, y)\nmodel.predict_proba(x)",
        "import sklearn.svm as svm\nmodel = svm.SVC()\nmodel.predict_proba(x)",
        "from scikeras.wrappers import KerasClassifier\nmodel = KerasClassifier(build)\n"
        "model.predict_proba(x)",
        "def SGD(lr):\n    return lr\nSGD(lr=1)",
        "import numpy as np\nnp.save('values', x)\nfigure.save('picture')",
        "model.compile('sgd', metrics=['acc'])\nhistory.history['acc']",
        "import keras.backend as K\nK.clear_session()\nK.epsilon()",
        "table['acc']",
        "model.save(path)\nmodel.save_weights(f'{name}.h5')",
        "keras.layers.Embedding(10, output_dim=3)",
        "# model.fit_generator(batches)\n'model.predict_classes(x)'",
        "import tensorflow.keras as keras_of_tf",
    ],
)
def test_code_that_only_looks_old_is_no_problem(code, tmp_path):
    assert not [one for one in old_code(notebook(tmp_path, code)) if one.rule.status == "problem"]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import keras.backend as K\nK.mean(x)", [2]),
        ("from keras import backend as K\nx = [K.sum(x),\n     K.dot(x, x)]", [2, 3]),
        ("from tensorflow.keras.optimizers import Adam\nAdam(lr=0.1)", [2]),
        ("from tensorflow.keras import optimizers\noptimizers.RMSprop(\n    lr=0.1,\n)", [3]),
        ("layers = keras.layers\nlayers.Dense(\n    3,\n    init='normal')", [4]),
        ("import tensorflow as tf\ntf.keras.utils.np_utils.to_categorical(y)", [2]),
        ("net = keras.Sequential()\nnet.predict_proba(x)\nnet.save('folder')", [2, 3]),
        ("hist = model.fit(x, y)\nplt.plot(hist.history['val_acc'])", [2]),
        ("stop = EarlyStopping(patience=3, monitor='val_acc')", [1]),
        ("if x:\n    self.model.fit_generator(x)", [2]),
        ("SGD(0.1, decay=1e-6); model.predict_classes(x)", [1, 1]),
    ],
)
def test_old_code_is_found_whatever_it_is_imported_as(code, lines, tmp_path):
    old = old_code(notebook(tmp_path, code))
    assert [one.line for one in old if one.rule.status == "problem"] == lines
    assert all(one.text == code.splitlines()[one.line - 1].strip() for one in old)


def test_an_import_of_one_cell_is_known_in_another(tmp_path):
    path = notebook(
        tmp_path, "K.mean(x)", {"cell_type": "markdown", "source": "K"}, "import keras.backend as K"
    )
    assert found(path) == [(1, 1, "keras.ops.mean(x)")]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("%matplotlib inline\nmodel.predict_classes(x)", [2]),
        ("!pip install keras\nmodel.predict_classes(x)", [2]),
        ("%%time\n\nmodel.predict_classes(x)", [3]),
        ("\n%%capture out\nmodel.predict_classes(x)", [3]),
        ("%time model.predict_classes(x)", [1]),
        ("%timeit -n 10 f(x)\n%timeit -n10 model.predict_classes(x)", [2]),
        ("files = !ls\nmodel.predict_classes(x)", [2]),
        ("model.fit?\n?model\nmodel.predict_classes(x)", [3]),
        ("for i in x:\n    %time f(i)\n    model.predict_classes(x)", [3]),
        ("text = '%d'\nprint(text\n  % 3)\nmodel.predict_classes(x)", [4]),
        ("%%bash\nmodel.predict_classes(x)", []),
        ("%%html\n<b>model.predict_classes(x)</b>", []),
        ("await f()\nmodel.predict_classes('\\d')", [2]),
        ("", []),
    ],
)
def test_magics_are_passed_over(code, lines, tmp_path):
    assert [line for _, line, _ in found(notebook(tmp_path, code))] == lines


def test_lines_that_python_cannot_read_are_named_and_the_others_read(tmp_path):
    code = 'print "a"\nmodel.predict_classes(x)\nprint "b %d" % 3'
    predict = "model.predict(x).argmax(axis=1)"
    path = notebook(tmp_path, code, "x = = 3\nmodel.predict_classes(x)")
    assert found(path) == [
        (1, 1, 'print("a")'),
        (1, 2, predict),
        (1, 3, 'print("b %d" % 3)'),
        (2, 1, "code that Python 3 can read"),
        (2, 2, predict),
    ]


def test_the_doctor_says_where_and_what_to_write(tmp_path, capsys):
    text = {"cell_type": "markdown", "source": "model.predict_classes(x)"}
    code = ["import keras\n", "model.predict_classes(x)\n", 'model.save_weights("x.h5")']
    assert main(["doctor", str(notebook(tmp_path, text, code))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "problem  cell 2, line 2: model.predict_classes(x)"
    assert lines[1].startswith("         write instead: model.predict(x).argmax(axis=1)")
    assert lines[2] == 'problem  cell 2, line 3: model.save_weights("x.h5")'
    assert lines[3] == '         write instead: model.save_weights("x.weights.h5")'


def test_a_note_is_no_problem(tmp_path, capsys):
    assert main(["doctor", str(notebook(tmp_path, "from tensorflow.keras import layers"))]) == 0
    assert capsys.readouterr().out.startswith("note     cell 1, line 1: from tensorflow.keras")


def test_nothing_found_is_said(tmp_path, capsys):
    assert main(["doctor", str(notebook(tmp_path, "import keras"))]) == 0
    said = "ok       course.ipynb: no code found that does not work on Keras 3\n"
    assert capsys.readouterr().out == said


def test_a_notebook_of_format_3_is_read(tmp_path):
    cells = [
        {"cell_type": "heading", "source": "A", "level": 1},
        {"cell_type": "code", "input": ["model.predict_proba(x)"], "language": "python"},
    ]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3, "metadata": {}}))
    assert found(path) == [(2, 1, "model.predict(x)")]


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "an empty file"),
        (b"\xff\xfe", "another encoding"),
        ("é".encode("latin-1") * 1000, "another encoding"),
        (b"no JSON", "invalid JSON"),
        *[(text, "JSON without cells") for text in (b"[]", b"3", b"{}")],
        *[(b'{"cells": %s}' % cells, "JSON without cells") for cells in (b"3", b"[{}]")],
    ],
)
def test_a_damaged_notebook_is_an_error_of_one_line(tmp_path, capsys, content, got):
    path = tmp_path / "damaged.ipynb"
    path.write_bytes(content)
    assert main(["doctor", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mlcourse: damaged.ipynb must be a Jupyter notebook")
    assert f". Got {got}" in line and len(line) < 150


def test_a_byte_order_mark_before_a_notebook_is_no_damage(tmp_path):
    path = notebook(tmp_path, "model.predict_proba(x)")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert found(path) == [(1, 1, "model.predict(x)")]


def test_a_missing_notebook_a_folder_and_another_language_are_errors_of_one_line(tmp_path, capsys):
    other = notebook(tmp_path, "x <- 3", kernelspec={"name": "ir", "language": "R"})
    for path, words in (
        (tmp_path / "none.ipynb", "No such file"),
        (tmp_path, "directory"),
        (other, "must be a Jupyter notebook in Python. Got one in R instead"),
    ):
        assert main(["doctor", str(path)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("mlcourse: ") and words in line
