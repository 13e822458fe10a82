"""Rules for TensorFlow, NumPy, scikit-learn, other packages and Python 2."""

import ast

from mlcourse.lectures.old_notebooks.edits import Edit, Found, end, insert, rename, replace, start
from mlcourse.lectures.old_notebooks.matching import (
    Rule,
    anywhere,
    arguments,
    function,
    keyword,
    last_name,
    named,
    never,
)
from mlcourse.lectures.old_notebooks.moves import moved
from mlcourse.lectures.old_notebooks.package_moves import (
    MATPLOTLIB,
    NUMPY,
    PYTHON_2,
    SCIPY,
    SKLEARN,
    SKLEARN_PLOTS,
    TENSORFLOW,
    TENSORFLOW_OPTIMIZERS,
)


def layer_of_tensor(layers):
    """Find functions of `tf.layers`, which make a layer and call it.

    Args:
        layers: a dict from their names to those of the layers.
    """

    def finds(node, code):
        full = code.full(node.func) if isinstance(node, ast.Call) else None
        roots = "tensorflow.layers.", "tensorflow.compat.v1.layers."
        name = full.rpartition(".")[2] if full and full.startswith(roots) else None
        if name not in layers or not node.args:
            return None
        tensor, *others = node.args
        others = [*others, *node.keywords]
        behind = start(others[0]) if others else end(tensor)
        edits = function(node, f"keras.layers.{layers[name]}"), Edit(start(tensor), behind, "")
        return Found(node, (*edits, insert(end(node), f"({code.text.of(tensor)})")))

    return finds


def placeholder(node, code):
    """Find a placeholder with a shape, the number of examples first."""
    full = code.full(node.func) if isinstance(node, ast.Call) else None
    if full not in ("tensorflow.placeholder", "tensorflow.compat.v1.placeholder"):
        return None
    word = keyword(node, "shape")
    shape = word.value if word else node.args[1] if len(node.args) > 1 else None
    if not isinstance(shape, ast.Tuple | ast.List) or not shape.elts:
        return Found(node, new="keras.Input(shape=())")
    sides = [code.text.of(side) for side in shape.elts[1:]]
    return Found(node, new=f"keras.Input(shape=({', '.join(sides)}{',' * (len(sides) == 1)}))")


def printed(node, code):
    """Find what Python 3 makes of a Python 2 statement `print ("%d") % 3`."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and _is_print(value.left):
        text = code.text.of(value)
        inner = text.partition("(")[2]
        return Found(node, new=f"print(({inner})")
    if isinstance(value, ast.Tuple) and value.elts and _is_print(value.elts[0]):
        parts = [code.text.of(one) for one in (*value.elts[0].args, *value.elts[1:])]
        return Found(node, new=f"print({', '.join(parts)})")
    stream = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else None
    if isinstance(stream, ast.BinOp) and last_name(stream.left) == "print":
        parts = [code.text.of(one) for one in value.elts[1:]]
        return Found(node, new=f"print({', '.join(parts)}, file={code.text.of(stream.right)})")
    return None


def style(node, code):
    """Find styles of seaborn without the version that Matplotlib gives them."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in ("use", "context"):
        return None
    if not (code.full(node.func) or "").startswith(("matplotlib.", "plt.style")):
        return None
    old = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and str(part.value).startswith("seaborn")
        and not str(part.value).startswith("seaborn-v0")
    ]
    edits = [replace(one, code.text.of(one).replace("seaborn", "seaborn-v0_8", 1)) for one in old]
    return Found(node, tuple(edits)) if old else None


def three_dimensional(node, code):
    """Find Axes of three dimensions made by `gca`."""
    is_gca = isinstance(node, ast.Call) and last_name(node.func) == "gca"
    if not is_gca or not keyword(node, "projection") or not isinstance(node.func, ast.Attribute):
        return None
    is_pyplot = (code.full(node.func) or "").startswith(("matplotlib.pyplot", "plt."))
    return Found(node, (rename(node.func, "subplot" if is_pyplot else "add_subplot"),))


def has_key(node, code):
    """Find `has_key` of a dict."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if not is_method or node.func.attr != "has_key" or len(node.args) != 1:
        return None
    owner, key = code.text.of(node.func.value), code.text.of(node.args[0])
    return Found(node, (replace(node, f"{key} in {owner}"),))


def _is_print(node):
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


GRAPHS = (
    *("get_variable", "variable_scope", "get_default_graph", "global_variables_initializer"),
    "initialize_all_variables",
)
SESSIONS = "Session", "InteractiveSession", "ConfigProto", "GPUOptions"
EAGER = "enable_eager_execution", "enable_v2_behavior"
LAYERS = {
    "dense": "Dense",
    "conv2d": "Conv2D",
    "max_pooling2d": "MaxPooling2D",
    "average_pooling2d": "AveragePooling2D",
    "flatten": "Flatten",
    "dropout": "Dropout",
    "batch_normalization": "BatchNormalization",
}


def _of_tensorflow(*names):
    return named(
        *(f"tensorflow.{name}" for name in names),
        *(f"tensorflow.compat.v1.{name}" for name in names),
    )


PRINT = Rule('print "done"', never, "Python 2")
PYTHON = Rule('raise ValueError, "x"', never, "Python 2")
UNREADABLE = Rule("", never, new="code that Python 3 can read")
OLD_TENSORFLOW = Rule(
    "%tensorflow_version 1.x", never, "Keras 3 needs TensorFlow 2.16 or later", "import keras"
)
INSTALLATION = Rule(
    "!pip install keras==2.2.4", never, "and start Python again", "!pip install --upgrade mlcourse"
)

RULES = (
    # TensorFlow
    Rule("tf.train.AdamOptimizer(0.1)", moved(TENSORFLOW_OPTIMIZERS)),
    Rule("tf.set_random_seed(0)", moved(TENSORFLOW)),
    Rule("tf.layers.dense(x, 3)", layer_of_tensor(LAYERS)),
    Rule(
        "tf.Session()",
        _of_tensorflow(*SESSIONS),
        "Keras 3 has no sessions; this sets the growth of the GPU's memory",
        "mlcourse.devices.configure()",
    ),
    Rule(
        "tf.placeholder(tf.float32, (None, 3))",
        placeholder,
        "the input of a model, without the number of examples",
    ),
    Rule(
        "tf.global_variables_initializer()",
        _of_tensorflow(*GRAPHS),
        "Keras 3 has no graph to write: layers make the variables",
        "keras.layers.Dense(1)",
    ),
    Rule(
        "tf.contrib.layers.flatten(x)",
        named("tensorflow.contrib", "tensorflow.estimator", kept=["tensorflow.contrib.keras"]),
        "Keras has its layers",
        "keras.layers.Flatten()(x)",
    ),
    Rule(
        "tf.enable_eager_execution()",
        named(*(f"tensorflow.{name}" for name in EAGER)),
        "TensorFlow 2 has it from the start: delete the line",
        "tf.executing_eagerly()",
    ),
    Rule(
        "tf.reduce_mean(x, keep_dims=True)",
        arguments(None, {"keep_dims": "keepdims", "dimension": "axis"}),
    ),
    # NumPy, SciPy, Matplotlib
    Rule("np.float(3)", moved(NUMPY)),
    Rule("from scipy.misc import imread", moved(SCIPY)),
    Rule(
        "from scipy.misc import imresize",
        named("scipy.misc.imresize", "scipy.misc.toimage"),
        new="from PIL import Image",
    ),
    Rule('plt.style.use("seaborn-whitegrid")', style),
    Rule('plt.cm.get_cmap("viridis")', moved(MATPLOTLIB)),
    Rule('plt.gca(projection="3d")', three_dimensional),
    Rule(
        "plt.hist([1, 2], normed=True)",
        arguments(
            None, {"normed": "density", "axisbg": "facecolor"}, packages=("matplotlib", "plt")
        ),
    ),
    Rule(
        "plt.hold(True)",
        named("matplotlib.pyplot.hold"),
        "Matplotlib always does: delete the line",
        "plt.gca()",
    ),
    # scikit-learn
    Rule("from sklearn.cross_validation import train_test_split", moved(SKLEARN)),
    Rule("from sklearn.metrics import plot_confusion_matrix", moved(SKLEARN_PLOTS)),
    Rule(
        "sklearn.preprocessing.OneHotEncoder(sparse=False)",
        arguments(["OneHotEncoder"], {"sparse": "sparse_output"}, packages=("sklearn",)),
    ),
    Rule(
        "sklearn.manifold.TSNE(n_iter=300)",
        arguments(
            ["TSNE", "SGDClassifier", "Perceptron"], {"n_iter": "max_iter"}, packages=("sklearn",)
        ),
    ),
    Rule(
        "sklearn.linear_model.LinearRegression(normalize=True)",
        arguments(
            ["LinearRegression", "Ridge", "Lasso"], {"normalize": None}, packages=("sklearn",)
        ),
        "and `sklearn.preprocessing.StandardScaler` before it",
    ),
    # pandas and Python
    Rule("table.as_matrix()", anywhere("as_matrix", "to_numpy")),
    Rule("table.ix[0]", anywhere("ix", "iloc"), "of labels, `loc`"),
    Rule("xrange(3)", moved(PYTHON_2), "Python 2"),
    Rule("{}.iteritems()", anywhere("iteritems", "items"), "Python 2"),
    Rule("{}.itervalues()", anywhere("itervalues", "values"), "Python 2"),
    Rule('{}.has_key("a")', has_key, "Python 2"),
    Rule('print ("%d") % 3', printed, "Python 2"),
    PRINT,
    PYTHON,
    # magics
    OLD_TENSORFLOW,
    INSTALLATION,
)
