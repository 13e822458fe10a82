"""Test that only `private_names` uses private names of other libraries, and that they exist."""

import ast
import functools
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest
from keras_tuner.oracles import BayesianOptimizationOracle
from openml import OpenMLDataset

import mlcourse
from mlcourse._core import private_names

ROOT = Path(mlcourse.__file__).parent
ELSEWHERE = {"_core/private_names.py"}
PROTOCOL = re.compile(r"_repr_\w+_|_keras_build_fn")  # documented hooks of IPython and scikeras
BY_NAME = ("getattr", "setattr", "hasattr", "delattr", "replaced")


def is_private(name):
    return re.match(r"_[^_]", name) and not PROTOCOL.fullmatch(name)


def private_uses(source):
    """Return the lines of a module that use private names of other modules, or patch them."""
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _stored(node)
    }
    foreign = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not (getattr(node, "module", None) or "").startswith("mlcourse")
        for alias in node.names
    }
    return [ast.unparse(node) for node in ast.walk(tree) if any(_faults(node, own, foreign))]


def _stored(node):
    return isinstance(node.ctx, ast.Store) and _is_self(node.value)


def _is_self(node):
    is_super = isinstance(node, ast.Call) and ast.unparse(node) == "super()"
    return is_super or (isinstance(node, ast.Name) and node.id in ("self", "cls"))


def _root(node):
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", None)


def _faults(node, own, foreign):
    """Yield whether a node violates each rule."""
    if isinstance(node, ast.Attribute):
        is_mine = node.attr in own or node.attr == "_exit" or _is_self(node.value)
        yield is_private(node.attr) and not is_mine  # `os._exit` is documented
        yield isinstance(node.ctx, ast.Store) and _root(node) in foreign
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) in BY_NAME:
        names = [one.value for one in node.args if isinstance(one, ast.Constant)]
        yield any(isinstance(name, str) and is_private(name) for name in names)
        yield node.func.id in ("setattr", "delattr") and _root(node.args[0]) in foreign
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = getattr(node, "module", None) or ""
        names = [alias.name for alias in node.names]
        parts = ".".join([module, *names]).split(".")
        yield not module.startswith(("mlcourse", "__")) and any(
            part == "src" or is_private(part) for part in parts
        )


@pytest.mark.parametrize(
    "source",
    [
        "layer._layers",
        "model.layers[0]._flatten_layers(recursive=True)",
        "getattr(model, '_nodes', None)",
        "from keras.src import backend",
        "import keras.src.ops",
        "from matplotlib import _pylab_helpers",
        "import keras\nkeras.Model.fit = print",
        "from keras import Model\nsetattr(Model, 'fit', print)",
        "import numpy as np\nnp.random.rand = None",
    ],
)
def test_a_private_use_or_a_patch_is_found(source):
    assert private_uses(source)


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def _b(self): return self._c\na._b()",
        "class A:\n    def __init__(self): self._c = 1\n    def d(self, other): return other._c",
        "from mlcourse.figures import _x",
        "box._repr_mimebundle_()",
        "import keras\nmodel = keras.Model()\nmodel.trainable = False",
    ],
)
def test_own_and_public_names_are_allowed(source):
    assert private_uses(source) == []


def test_no_other_file_uses_private_names_or_patches_a_library():
    uses = {
        str(path.relative_to(ROOT)): private_uses(path.read_text("utf-8"))
        for path in ROOT.rglob("*.py")
    }
    assert {name: lines for name, lines in uses.items() if lines and name not in ELSEWHERE} == {}


@pytest.mark.slow
def test_no_class_uses_a_private_name_of_a_class_that_it_extends():
    found = {}
    for info in pkgutil.walk_packages(mlcourse.__path__, "mlcourse."):
        file = info.name.removeprefix("mlcourse.").replace(".", "/") + ".py"
        if file in ELSEWHERE or info.name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(info.name)).values():
            if inspect.isclass(kind) and kind.__module__ == info.name:
                found[kind.__qualname__] = _own_names(kind) & _names_of_bases(kind)
    assert {kind: names for kind, names in found.items() if names} == {}


def _own_names(kind):
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind)))))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return {name for name in names if is_private(name)}


def _names_of_bases(kind):
    ours = "mlcourse", "builtins", "abc", "typing"
    bases = [base for base in kind.__mro__ if base.__module__.split(".")[0] not in ours]
    return set().union(*map(_names_of, bases))


@functools.cache
def _names_of(base):
    try:
        source = inspect.getsource(base)
    except (OSError, TypeError):  # not written in Python
        source = ""
    return {*vars(base), *re.findall(r"self\.(_\w+)", source)}


@pytest.fixture
def model():
    x = keras.Input((3,), name="x")
    hidden = keras.layers.Dense(4, name="hidden")(x)
    return keras.Model(x, keras.layers.Dense(2, name="out")(hidden))


def test_keras_lists_the_nodes_of_a_functional_model(model):
    nodes = private_names.nodes_in_order(model)
    assert [node.operation.name for node in nodes] == ["x", "hidden", "out"]
    assert [node.is_input for node in nodes] == [True, False, False]
    assert nodes[1].arguments.args == (model.inputs[0],)
    assert nodes[2].outputs == model.outputs


def test_keras_links_a_symbolic_tensor_with_its_node():
    x = keras.KerasTensor((2, 3))
    layer = keras.layers.Dense(3)
    y = layer(x)
    assert private_names.node_of(y).operation is layer
    inbound, outbound = private_names.node_lists(layer)
    assert inbound == [private_names.node_of(y)] and outbound == []
    assert x._keras_history.operation is None
    z = layer(y)
    assert private_names.node_lists(layer) == (
        [private_names.node_of(y), private_names.node_of(z)],
        [private_names.node_of(z)],
    )


def test_keras_lists_the_layers_that_a_layer_owns(model):
    assert not private_names.is_keras_layer(object())
    assert private_names.owned_layers(model.layers[1]) == []
    outer = keras.Sequential([keras.layers.TimeDistributed(model)])
    (wrapper,) = private_names.owned_layers(outer)
    assert private_names.owned_layers(wrapper) == [model]
    inner = private_names.owned_layers(outer, recursive=True)
    assert set(inner) == {wrapper, model, *model.layers}


def test_keras_stores_the_loss_weights_of_a_compiled_model(model):
    model.compile("sgd", "mse", loss_weights=[3.0])
    assert private_names.compiled_loss_weights(model) == [3.0]
    own = getattr(model, private_names.COMPILED_LOSS)
    loss = model.compute_loss(y=np.ones((1, 2)), y_pred=np.zeros((1, 2)))
    assert float(own(np.ones((1, 2)), np.zeros((1, 2)))) == pytest.approx(float(loss)) == 3


def test_keras_sets_two_attributes_on_a_callback(model):
    callback = keras.callbacks.Callback()
    callback.set_model(model)
    callback.set_params({})
    names = set(vars(callback)) - {"validation_data"}
    assert names == set(private_names.CALLBACK_ATTRIBUTES)


def test_a_keras_optimizer_counts_its_variables_and_forgets_one(model):
    optimizer = keras.optimizers.SGD()
    optimizer.build(model.trainable_variables)
    indices = [private_names.variable_index(optimizer, one) for one in model.trainable_variables]
    assert indices == [0, 1, 2, 3]
    before = list(map(id, optimizer.variables))
    optimizer.momentum = keras.Variable(0.5)
    assert len(optimizer.variables) == len(before) + 1
    private_names.untrack(optimizer, optimizer.momentum)
    assert list(map(id, optimizer.variables)) == before


def test_keras_tuner_saves_a_trial_and_draws_by_these_names(tmp_path):
    def saved():
        return [path.name for path in tmp_path.rglob("trial.json")]

    goal = keras_tuner.Objective("loss", "min")
    oracles = [BayesianOptimizationOracle(goal, 3, seed=1) for _ in range(2)]
    for oracle in oracles:
        oracle.verbose = 0
        oracle.hyperparameters.Int("units", 1, 9)
        oracle._set_project_dir(tmp_path, "search")
    private_names.without_trial_files(oracles[0])
    oracles[0].create_trial("a")
    assert saved() == []
    oracles[1].create_trial("a")
    assert saved() == ["trial.json"]
    drawn = []
    for oracle in oracles:
        private_names.seed_bayesian_oracle(oracle, [1, 2])
        drawn.append(oracle._random_state.uniform())
    assert drawn[0] == drawn[1]


UNPATCHED = """
import keras
classes = keras.Model, keras.Loss, keras.Metric, keras.Optimizer
before = [dict(vars(one)) for one in classes]
from mlcourse.tuning.keras_classifier import Classifier
assert [dict(vars(one)) for one in classes] == before
import scikeras
assert scikeras.__version__
"""


@pytest.mark.slow
def test_scikeras_changes_no_class_of_keras():
    done = subprocess.run([sys.executable, "-c", UNPATCHED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_change_of_a_class_is_undone():
    class Patched:
        kept = 1
        changed = 2

    with private_names.unchanged_classes(Patched):
        Patched.changed = 3
        Patched.added = 4
    assert (Patched.kept, Patched.changed, hasattr(Patched, "added")) == (1, 2, False)


def test_openml_has_the_address_of_the_parquet_file():
    fields = {"name": "digits", "description": "", "data_file": __file__}
    assert private_names.parquet_url(OpenMLDataset(**fields)) is None
    described = OpenMLDataset(**fields, parquet_url="https://example.org/digits.pq")
    assert private_names.parquet_url(described) == "https://example.org/digits.pq"
