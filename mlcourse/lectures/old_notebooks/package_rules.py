"""Rules for TensorFlow, NumPy, scikit-learn, other packages and Python 2."""

import ast

from mlcourse.lectures.old_notebooks.matching import (
    Edit,
    Match,
    Rule,
    end,
    insert,
    keyword,
    match_any_attribute,
    match_arguments,
    match_names,
    match_nothing,
    rename,
    replace,
    replace_function,
    start,
)
from mlcourse.lectures.old_notebooks.moves import (
    MATPLOTLIB,
    NUMPY,
    PYTHON_2,
    SCIPY,
    SKLEARN,
    SKLEARN_PLOTS,
    TENSORFLOW,
    TENSORFLOW_OPTIMIZERS,
    match_moved,
)
from mlcourse.lectures.old_notebooks.notebook_code import last_name


def match_layer_function(layers):
    """Match functions of `tf.layers`, which build a layer and call it.

    Args:
        layers: a dict from names of functions to names of layers.
    """

    def match(node, code):
        full_name = code.full_name(node.func) if isinstance(node, ast.Call) else None
        roots = "tensorflow.layers.", "tensorflow.compat.v1.layers."
        name = full_name.rpartition(".")[2] if full_name and full_name.startswith(roots) else None
        if name not in layers or not node.args:
            return None
        tensor, *others = node.args
        others = [*others, *node.keywords]
        after = start(others[0]) if others else end(tensor)
        edits = (
            replace_function(node, f"keras.layers.{layers[name]}"),
            Edit(start(tensor), after, ""),
        )
        return Match(node, (*edits, insert(end(node), f"({code.text.of(tensor)})")))

    return match


def match_placeholder(node, code):
    """Match `tf.placeholder`, whose shape starts with the batch dimension."""
    full_name = code.full_name(node.func) if isinstance(node, ast.Call) else None
    if full_name not in ("tensorflow.placeholder", "tensorflow.compat.v1.placeholder"):
        return None
    kwarg = keyword(node, "shape")
    shape = kwarg.value if kwarg else node.args[1] if len(node.args) > 1 else None
    if not isinstance(shape, ast.Tuple | ast.List) or not shape.elts:
        return Match(node, new="keras.Input(shape=())")
    sizes = [code.text.of(size) for size in shape.elts[1:]]
    sizes = f"{sizes[0]}," if len(sizes) == 1 else ", ".join(sizes)
    return Match(node, new=f"keras.Input(shape=({sizes}))")


def match_print(node, code):
    """Match Python 2 statements that are also valid in Python 3, such as `print ("%d") % 3`."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and _is_print(value.left):
        text = code.text.of(value)
        inner = text.partition("(")[2]
        return Match(node, new=f"print(({inner})")
    if isinstance(value, ast.Tuple) and value.elts and _is_print(value.elts[0]):
        parts = [code.text.of(one) for one in (*value.elts[0].args, *value.elts[1:])]
        return Match(node, new=f"print({', '.join(parts)})")
    stream = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else None
    if isinstance(stream, ast.BinOp) and last_name(stream.left) == "print":
        parts = [code.text.of(one) for one in value.elts[1:]]
        return Match(node, new=f"print({', '.join(parts)}, file={code.text.of(stream.right)})")
    return None


def match_style(node, code):
    """Match names of seaborn styles without Matplotlib's version suffix."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in ("use", "context"):
        return None
    if not (code.full_name(node.func) or "").startswith(("matplotlib.", "plt.style")):
        return None
    old = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and str(part.value).startswith("seaborn")
        and not str(part.value).startswith("seaborn-v0")
    ]
    edits = [replace(one, code.text.of(one).replace("seaborn", "seaborn-v0_8", 1)) for one in old]
    return Match(node, tuple(edits)) if old else None


def match_gca_projection(node, code):
    """Match `gca` with a projection."""
    is_gca = isinstance(node, ast.Call) and last_name(node.func) == "gca"
    if not is_gca or not keyword(node, "projection") or not isinstance(node.func, ast.Attribute):
        return None
    is_pyplot = (code.full_name(node.func) or "").startswith(("matplotlib.pyplot", "plt."))
    return Match(node, (rename(node.func, "subplot" if is_pyplot else "add_subplot"),))


def match_has_key(node, code):
    """Match `has_key` of a dict."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if not is_method or node.func.attr != "has_key" or len(node.args) != 1:
        return None
    owner, key = code.text.of(node.func.value), code.text.of(node.args[0])
    return Match(node, (replace(node, f"{key} in {owner}"),))


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


def _match_tensorflow_names(*names):
    """Match names of TensorFlow 1, also in `tf.compat.v1`."""
    return match_names(
        *(f"tensorflow.{name}" for name in names),
        *(f"tensorflow.compat.v1.{name}" for name in names),
    )


PRINT = Rule('print "done"', match_nothing, "Python 2")
PYTHON = Rule('raise ValueError, "x"', match_nothing, "Python 2")
UNREADABLE = Rule("", match_nothing, new="code that Python 3 can read")
OLD_TENSORFLOW = Rule(
    "%tensorflow_version 1.x",
    match_nothing,
    "Keras 3 needs TensorFlow 2.16 or later",
    "import keras",
)
INSTALLATION = Rule(
    "!pip install keras==2.2.4",
    match_nothing,
    "and restart the kernel",
    "!pip install --upgrade mlcourse",
)

RULES = (
    # TensorFlow
    Rule("tf.train.AdamOptimizer(0.1)", match_moved(TENSORFLOW_OPTIMIZERS)),
    Rule("tf.set_random_seed(0)", match_moved(TENSORFLOW)),
    Rule("tf.layers.dense(x, 3)", match_layer_function(LAYERS)),
    Rule(
        "tf.Session()",
        _match_tensorflow_names(*SESSIONS),
        "Keras 3 has no sessions; this enables memory growth on GPUs",
        "mlcourse.devices.configure()",
    ),
    Rule(
        "tf.placeholder(tf.float32, (None, 3))",
        match_placeholder,
        "input of a model, without the batch dimension",
    ),
    Rule(
        "tf.global_variables_initializer()",
        _match_tensorflow_names(*GRAPHS),
        "Keras 3 has no graph: layers create the variables",
        "keras.layers.Dense(1)",
    ),
    Rule(
        "tf.contrib.layers.flatten(x)",
        match_names(
            "tensorflow.contrib", "tensorflow.estimator", except_for=["tensorflow.contrib.keras"]
        ),
        "Keras has its layers",
        "keras.layers.Flatten()(x)",
    ),
    Rule(
        "tf.enable_eager_execution()",
        match_names(*(f"tensorflow.{name}" for name in EAGER)),
        "the default in TensorFlow 2: delete the line",
        "tf.executing_eagerly()",
    ),
    Rule(
        "tf.reduce_mean(x, keep_dims=True)",
        match_arguments(None, {"keep_dims": "keepdims", "dimension": "axis"}),
    ),
    # NumPy, SciPy, Matplotlib
    Rule("np.float(3)", match_moved(NUMPY)),
    Rule("from scipy.misc import imread", match_moved(SCIPY)),
    Rule(
        "from scipy.misc import imresize",
        match_names("scipy.misc.imresize", "scipy.misc.toimage"),
        new="from PIL import Image",
    ),
    Rule('plt.style.use("seaborn-whitegrid")', match_style),
    Rule('plt.cm.get_cmap("viridis")', match_moved(MATPLOTLIB)),
    Rule('plt.gca(projection="3d")', match_gca_projection),
    Rule(
        "plt.hist([1, 2], normed=True)",
        match_arguments(
            None, {"normed": "density", "axisbg": "facecolor"}, packages=("matplotlib", "plt")
        ),
    ),
    Rule(
        "plt.hold(True)",
        match_names("matplotlib.pyplot.hold"),
        "the default in Matplotlib: delete the line",
        "plt.gca()",
    ),
    # scikit-learn
    Rule("from sklearn.cross_validation import train_test_split", match_moved(SKLEARN)),
    Rule("from sklearn.metrics import plot_confusion_matrix", match_moved(SKLEARN_PLOTS)),
    Rule(
        "sklearn.preprocessing.OneHotEncoder(sparse=False)",
        match_arguments(["OneHotEncoder"], {"sparse": "sparse_output"}, packages=("sklearn",)),
    ),
    Rule(
        "sklearn.manifold.TSNE(n_iter=300)",
        match_arguments(
            ["TSNE", "SGDClassifier", "Perceptron"], {"n_iter": "max_iter"}, packages=("sklearn",)
        ),
    ),
    Rule(
        "sklearn.linear_model.LinearRegression(normalize=True)",
        match_arguments(
            ["LinearRegression", "Ridge", "Lasso"], {"normalize": None}, packages=("sklearn",)
        ),
        "with `sklearn.preprocessing.StandardScaler` before it",
    ),
    # pandas and Python
    Rule("table.as_matrix()", match_any_attribute("as_matrix", "to_numpy")),
    Rule("table.ix[0]", match_any_attribute("ix", "iloc"), "for labels, `loc`"),
    Rule("xrange(3)", match_moved(PYTHON_2), "Python 2"),
    Rule("{}.iteritems()", match_any_attribute("iteritems", "items"), "Python 2"),
    Rule("{}.itervalues()", match_any_attribute("itervalues", "values"), "Python 2"),
    Rule('{}.has_key("a")', match_has_key, "Python 2"),
    Rule('print ("%d") % 3', match_print, "Python 2"),
    PRINT,
    PYTHON,
    # magics
    OLD_TENSORFLOW,
    INSTALLATION,
)
