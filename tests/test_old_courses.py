"""Test the findings and suggestions of `mlcourse doctor` in notebooks of older courses."""

import json
from pathlib import Path

import pytest

from mlcourse.cli import main
from mlcourse.lectures.doctor import examine_notebook
from mlcourse.lectures.old_notebooks import old_code
from tests import old_courses
from tests.old_courses import COURSES, FINDINGS, MODERN


def notebook(folder, text):
    cells = [{"cell_type": "code", "source": cell.strip("\n")} for cell in text.split("# %%")]
    path = folder / "course.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    return path


def news(folder, code):
    return [one.new for one in old_code(notebook(folder, code))]


@pytest.mark.parametrize("name", COURSES)
def test_each_line_that_is_old_is_found_with_what_to_write(name, tmp_path):
    old = old_code(notebook(tmp_path, COURSES[name]))
    found = dict.fromkeys(f"{one.cell}.{one.line}  {one.new}" for one in old)
    assert list(found) == FINDINGS[name].strip().splitlines()


def test_a_modern_notebook_has_no_findings(tmp_path):
    assert news(tmp_path, MODERN) == []
    (finding,) = examine_notebook(notebook(tmp_path, MODERN))
    assert finding.status == "ok"


@pytest.mark.parametrize(
    ("code", "new"),
    [
        ("f(1,\n  # a comment\n  y.astype(np.int))", "y.astype(int)"),
        ("model.fit(x, y,\n          nb_epoch=2,\n)", "model.fit(x, y, epochs=2)"),
        ("model.fit(x, y, verbose='é', nb_epoch=2)", "model.fit(x, y, verbose='é', epochs=2)"),
        ("model.fit(x, workers=1, nb_worker=2)", "model.fit(x)"),
        ("model.fit(workers=1, x=x)", "model.fit(x=x)"),
        ("model.fit(workers=1, nb_worker=2, x=x)", "model.fit(x=x)"),
        (
            "model.fit(x, samples_per_epoch=a + b)",
            "model.fit(x, steps_per_epoch=(a + b) // batch_size)",
        ),
        (
            "Adam(decay=0.1)",
            "Adam(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.001, 1, 0.1))",
        ),
        ("SGD(lr=0.1, decay=0.0)", "SGD(learning_rate=0.1)"),
        ("Conv3D(8, 3, 3, 3)", "Conv3D(8, (3, 3, 3))"),
        ("Convolution2D(n, rows, columns)", "Convolution2D(n, (rows, columns))"),
        ("merge([a, b], mode='ave')", "keras.layers.average([a, b])"),
        ("save_model(model, 'm/')", "save_model(model, 'm.keras')"),
        ("path = 'w.ckpt'\nmodel.save_weights(path)", 'path = "w.weights.h5"'),
        (
            "model.save_weights('w.h5')\nmodel.load_weights('w.h5')",
            "model.load_weights('w.weights.h5')",
        ),
        (
            "ModelCheckpoint('{epoch}-{val_acc:.2f}.keras')",
            "ModelCheckpoint('{epoch}-{val_accuracy:.2f}.keras')",
        ),
        ("logs.get('val_acc')", 'logs.get("val_accuracy")'),
        ("import keras.backend as K\nK.set_value(v, 3)", "v.assign(3)"),
        ("import keras.backend as K\nK.get_value(v)", "keras.ops.convert_to_numpy(v)"),
        (
            "import sklearn.cross_validation as cv\ncv.KFold",
            "from sklearn import model_selection as cv",
        ),
        ("from keras.layers import CuDNNGRU as G\nG(3)", "from keras.layers import GRU as G"),
        ("from keras.layers.core import *", "from keras.layers import *"),
        (
            "import tensorflow as tf\ntf.layers.dense(x, units=3)",
            "keras.layers.Dense(units=3)(x)",
        ),
        ("fig.gca(projection='3d')", "fig.add_subplot(projection='3d')"),
        (
            "import matplotlib\nmatplotlib.style.use(['seaborn'])",
            "matplotlib.style.use(['seaborn-v0_8'])",
        ),
        ("print >>f, 'a', b", "print('a', b, file=f)"),
        ("print 'a'  # done", "print('a')  # done"),
        ("print ('a'), b", "print('a', b)"),
        ("if x: print x", "if x: print(x)"),
        ("raise ValueError, 'x'", "raise ValueError('x')"),
        ("x = 10L + 0777", "x = 10 + 0o777"),
        ("if a <> b:\n    pass", "if a != b:"),
        ("exec 'x = 1'", "exec('x = 1')"),
        ("!pip install -q tensorflow-gpu==1.15", "!pip install --upgrade mlcourse"),
    ],
)
def test_what_to_write_is_what_the_notebook_wrote(code, new, tmp_path):
    assert new in news(tmp_path, code)


@pytest.mark.parametrize(
    "code",
    [
        "for e in x:\n    print e\n    model.predict_classes(x)",
        "print 'a' % (\n  3)\nmodel.predict_classes(x)",
        "try:\n    f()\nexcept IOError, e:\n    print e,\n    model.predict_classes(x)",
        "x = [1,\n  = 2]\nmodel.predict_classes(x)",
        "if x === 3:\n    model.predict_classes(x)",
        "%matplotlib inline\n!ls\n?f\nprint 'a'\nmodel.predict_classes(x)",
        "def f(x, (a, b)):\n    model.predict_classes(x)",
    ],
)
def test_the_rest_of_a_cell_of_python_2_is_read(code, tmp_path):
    assert "model.predict(x).argmax(axis=1)" in news(tmp_path, code)


@pytest.mark.parametrize(
    "code",
    [
        "from functools import reduce\nreduce(f, x)",
        "unicode = str\nunicode(x)",
        "def f(input, lr):\n    return input\nf(input=1, lr=2)",
        "import numpy as np\nnp.bool, np.int64, np.inf, np.float32(1)",
        "table.items(), table.iloc[0]",
        "flow.flow_from_directory(path, class_mode='binary')",
        "optimizer.param_groups[0]['lr']",
        "from keras.preprocessing.image import load_img, img_to_array",
        "import tensorflow as tf\ntf.keras.backend.mean(x)\ntf.train.Checkpoint()",
        "import keras\nkeras.layers.Conv2D(32, 3, 2)\nkeras.layers.Conv2D(32, 1, 1)",
        "!pip install tensorflow==2.16.1 keras==3.5",
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn-v0_8')",
        "import tensorflow.compat.v1 as tf1",
    ],
)
def test_code_of_today_is_not_found(code, tmp_path):
    assert news(tmp_path, code) == []


def test_a_call_is_said_once_with_all_that_is_old_in_it(tmp_path, capsys):
    code = "keras.layers.Convolution2D(8, 3, 3, border_mode='same', init='normal')"
    path = notebook(tmp_path, code)
    new = "keras.layers.Convolution2D(8, (3, 3), padding='same', kernel_initializer='normal')"
    assert [one.new for one in old_code(path)] == [new] * 3
    assert main(["doctor", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"problem  cell 1, line 1: {code}"
    assert sum(new in line for line in lines) == 2  # one with a note, one without


@pytest.mark.slow
def test_the_lectures_have_no_old_code():
    folder = Path(old_courses.__file__).parents[1] / "notebooks"
    found = {path.name: old_code(path) for path in sorted(folder.glob("*.ipynb"))}
    assert found and not any(found.values())
