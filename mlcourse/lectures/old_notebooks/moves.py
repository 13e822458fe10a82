"""The current names of what has moved, and functions that convert their imports and uses."""

import ast

from mlcourse.lectures.old_notebooks.matching import Match, replace, uses

KERAS_LAYER_MODULES = {
    f"keras.layers.{module}.": "keras.layers."
    for module in (
        *("core", "convolutional", "normalization", "advanced_activations", "embeddings", "noise"),
        *("recurrent", "pooling", "local", "wrappers", "convolutional_recurrent"),
        *("cudnn_recurrent", "preprocessing", "attention", "merging", "rnn", "reshaping"),
    )
}
KERAS_EXPERIMENTAL_LAYERS = {
    "keras.layers.experimental.": "keras.layers.",
    "keras.layers.experimental.preprocessing.": "keras.layers.",
}
KERAS_ENGINE = {
    "keras.engine.": "keras.",
    "keras.engine.topology.": "keras.layers.",
    "keras.engine.training.": "keras.",
    "keras.engine.base_layer.": "keras.layers.",
    "keras.engine.input_layer.": "keras.layers.",
    "keras.engine.sequential.": "keras.",
    "keras.engine.functional.": "keras.",
    "keras.callbacks.callbacks.": "keras.callbacks.",
    "keras.objectives.": "keras.losses.",
    "keras.initializations.": "keras.initializers.",
    "keras.callbacks.experimental.": "keras.callbacks.",
    "keras.mixed_precision.experimental.": "keras.mixed_precision.",
    "keras.experimental.": "keras.optimizers.schedules.",
    "keras.api.": "keras.",
}
KERAS_UTILS = {
    f"keras.utils.{module}.": "keras.utils."
    for module in ("np_utils", "data_utils", "generic_utils", "io_utils", "all_utils")
}
KERAS_PLOTS = {"keras.utils.vis_utils.": "keras.utils."}
KERAS_PLOT = {
    "keras.utils.visualize_util.plot": "keras.utils.plot_model",
    "keras.utils.vis_utils.plot": "keras.utils.plot_model",
}
KERAS_WRAPPERS = {"keras.wrappers.scikit_learn.": "mlcourse.tuning."}
KERAS_CUDNN = {
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
}
KERAS_LAYERS = {
    "keras.layers.ThresholdedReLU": "keras.layers.ReLU",
    "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
    "keras.layers.AtrousConvolution2D": "keras.layers.Conv2D",
    "keras.layers.TimeDistributedDense": "keras.layers.Dense",
}
KERAS_MERGE = {"keras.layers.merge.": "keras.layers.", "keras.layers.Merge.": "keras.layers."}
KERAS_OPTIMIZER_MODULES = {
    f"keras.optimizers.{module}.": "keras.optimizers."
    for module in (
        *("legacy", "experimental", "adam_v2", "gradient_descent_v2", "rmsprop_v2"),
        *("adagrad_v2", "adadelta_v2", "adamax_v2", "nadam_v2"),
    )
}
KERAS_OPTIMIZERS = {
    f"keras.optimizers.{name.lower()}": f"keras.optimizers.{name}"
    for name in ("SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam")
}
KERAS_FUNCTIONS = {
    "keras.models.model_from_yaml": "keras.models.model_from_json",
    "keras.initializers.normal": "keras.initializers.RandomNormal",
    "keras.initializers.uniform": "keras.initializers.RandomUniform",
    "keras.initializations.normal": "keras.initializers.RandomNormal",
    "keras.initializations.uniform": "keras.initializers.RandomUniform",
    "keras.regularizers.l1l2": "keras.regularizers.L1L2",
    "keras.regularizers.WeightRegularizer": "keras.regularizers.L1L2",
    "keras.regularizers.activity_l1": "keras.regularizers.L1",
    "keras.regularizers.activity_l2": "keras.regularizers.L2",
    "keras.constraints.maxnorm": "keras.constraints.MaxNorm",
    "keras.constraints.unitnorm": "keras.constraints.UnitNorm",
    "keras.constraints.nonneg": "keras.constraints.NonNeg",
    "keras.losses.mse": "keras.losses.mean_squared_error",
    "keras.losses.mae": "keras.losses.mean_absolute_error",
    "keras.losses.logcosh": "keras.losses.log_cosh",
    "keras.losses.kullback_leibler_divergence": "keras.losses.kl_divergence",
    "keras.losses.cosine_proximity": "keras.losses.cosine_similarity",
    "keras.metrics.mse": "keras.metrics.mean_squared_error",
    "keras.metrics.mae": "keras.metrics.mean_absolute_error",
}
SAME_IN_OPS = (
    *("abs", "all", "any", "arange", "argmax", "argmin", "cast", "clip", "concatenate", "cos"),
    *("cumprod", "cumsum", "elu", "equal", "exp", "expand_dims", "eye", "greater"),
    *("greater_equal", "hard_sigmoid", "less", "less_equal", "log", "max", "maximum", "mean"),
    *("min", "minimum", "ndim", "not_equal", "one_hot", "ones", "ones_like", "prod", "relu"),
    *("repeat", "reshape", "round", "shape", "sigmoid", "sign", "sin", "softmax", "softplus"),
    *("softsign", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "sum", "tanh"),
    *("tile", "transpose", "var", "zeros", "zeros_like"),
)
KERAS_BACKEND = {
    **{f"keras.backend.{name}": f"keras.ops.{name}" for name in SAME_IN_OPS},
    "keras.backend.batch_get_value": "keras.ops.convert_to_numpy",
    "keras.backend.binary_crossentropy": "keras.losses.binary_crossentropy",
    "keras.backend.categorical_crossentropy": "keras.losses.categorical_crossentropy",
    "keras.backend.constant": "keras.ops.convert_to_tensor",
    "keras.backend.dot": "keras.ops.matmul",
    "keras.backend.eval": "keras.ops.convert_to_numpy",
    "keras.backend.gather": "keras.ops.take",
    "keras.backend.int_shape": "keras.ops.shape",
    "keras.backend.l2_normalize": "keras.ops.normalize",
    "keras.backend.permute_dimensions": "keras.ops.transpose",
    "keras.backend.placeholder": "keras.Input",
    "keras.backend.pow": "keras.ops.power",
    "keras.backend.random_normal": "keras.random.normal",
    "keras.backend.random_uniform": "keras.random.uniform",
    "keras.backend.sparse_categorical_crossentropy": "keras.losses.sparse_categorical_crossentropy",
    "keras.backend.switch": "keras.ops.where",
    "keras.backend.variable": "keras.Variable",
    "keras.backend.image_dim_ordering": "keras.backend.image_data_format",
    "keras.backend.common.": "keras.backend.",
}

IN_TENSORFLOW = {  # names that `tf.keras` still has
    "keras.layers.ThresholdedReLU",
    "keras.losses.kullback_leibler_divergence",
    "keras.losses.logcosh",
    "keras.losses.mae",
    "keras.losses.mse",
    "keras.metrics.mae",
    "keras.metrics.mse",
    *KERAS_BACKEND,
} - {
    "keras.backend.common.",
    "keras.backend.image_dim_ordering",
    "keras.backend.placeholder",
}

KERAS_GROUPS = (
    *(KERAS_LAYER_MODULES, KERAS_EXPERIMENTAL_LAYERS, KERAS_ENGINE, KERAS_UTILS, KERAS_PLOTS),
    *(KERAS_PLOT, KERAS_WRAPPERS, KERAS_CUDNN, KERAS_LAYERS, KERAS_MERGE, KERAS_OPTIMIZER_MODULES),
    *(KERAS_OPTIMIZERS, KERAS_FUNCTIONS, KERAS_BACKEND),
)


TENSORFLOW_OPTIMIZERS = {
    f"tensorflow.{root}.{old}Optimizer": f"keras.optimizers.{new}"
    for root in ("train", "compat.v1.train")
    for old, new in {
        "Adadelta": "Adadelta",
        "Adagrad": "Adagrad",
        "Adam": "Adam",
        "Ftrl": "Ftrl",
        "GradientDescent": "SGD",
        "Momentum": "SGD",
        "RMSProp": "RMSprop",
    }.items()
}
TENSORFLOW = {
    "tensorflow.log": "tensorflow.math.log",
    "tensorflow.random_normal": "tensorflow.random.normal",
    "tensorflow.random_uniform": "tensorflow.random.uniform",
    "tensorflow.truncated_normal": "tensorflow.random.truncated_normal",
    "tensorflow.image.resize_images": "tensorflow.image.resize",
    "tensorflow.logging.": "tensorflow.compat.v1.logging.",
    "tensorflow.gfile.": "tensorflow.io.gfile.",
    "tensorflow.reset_default_graph": "keras.utils.clear_session",
    "tensorflow.set_random_seed": "keras.utils.set_random_seed",
    "tensorflow.random.set_random_seed": "keras.utils.set_random_seed",
    "tensorflow.examples.tutorials.mnist.input_data.": "keras.datasets.mnist.",
    "tensorflow.examples.tutorials.mnist.input_data.read_data_sets": (
        "keras.datasets.mnist.load_data"
    ),
}
NUMPY = {
    **{f"numpy.{name}": name for name in ("int", "float", "object", "str", "complex")},
    "numpy.Inf": "numpy.inf",
    "numpy.Infinity": "numpy.inf",
    "numpy.NaN": "numpy.nan",
    "numpy.NAN": "numpy.nan",
    "numpy.alltrue": "numpy.all",
    "numpy.asfarray": "numpy.asarray",
    "numpy.asscalar": "numpy.ndarray.item",
    "numpy.bool8": "numpy.bool_",
    "numpy.complex_": "numpy.complex128",
    "numpy.cumproduct": "numpy.cumprod",
    "numpy.float_": "numpy.float64",
    "numpy.in1d": "numpy.isin",
    "numpy.mat": "numpy.asmatrix",
    "numpy.product": "numpy.prod",
    "numpy.sometrue": "numpy.any",
    "numpy.string_": "numpy.bytes_",
    "numpy.trapz": "numpy.trapezoid",
    "numpy.unicode_": "numpy.str_",
    "numpy.math.": "math.",
    "numpy.warnings.": "warnings.",
}
SKLEARN = {
    "sklearn.cross_validation.": "sklearn.model_selection.",
    "sklearn.grid_search.": "sklearn.model_selection.",
    "sklearn.learning_curve.": "sklearn.model_selection.",
    "sklearn.externals.joblib.": "joblib.",
    "sklearn.datasets.load_boston": "sklearn.datasets.fetch_california_housing",
    "sklearn.datasets.fetch_mldata": "sklearn.datasets.fetch_openml",
    "sklearn.datasets.samples_generator.": "sklearn.datasets.",
    "sklearn.ensemble.forest.": "sklearn.ensemble.",
    "sklearn.lda.LDA": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    "sklearn.linear_model.base.": "sklearn.linear_model.",
    "sklearn.metrics.classification.": "sklearn.metrics.",
    "sklearn.metrics.jaccard_similarity_score": "sklearn.metrics.jaccard_score",
    "sklearn.mixture.GMM": "sklearn.mixture.GaussianMixture",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.svm.classes.": "sklearn.svm.",
    "sklearn.tree.tree.": "sklearn.tree.",
}
SKLEARN_PLOTS = {
    f"sklearn.metrics.plot_{name}": f"sklearn.metrics.{display}.from_estimator"
    for name, display in {
        "confusion_matrix": "ConfusionMatrixDisplay",
        "precision_recall_curve": "PrecisionRecallDisplay",
        "roc_curve": "RocCurveDisplay",
    }.items()
}
MATPLOTLIB = {
    "matplotlib.cm.get_cmap": "matplotlib.pyplot.get_cmap",
    "matplotlib.pyplot.cm.get_cmap": "matplotlib.pyplot.get_cmap",
    "matplotlib.cm.spectral": "matplotlib.cm.nipy_spectral",
    "matplotlib.pyplot.cm.spectral": "matplotlib.pyplot.cm.nipy_spectral",
}
SCIPY = {
    "scipy.misc.imread": "matplotlib.pyplot.imread",
    "scipy.ndimage.imread": "matplotlib.pyplot.imread",
    "scipy.misc.imsave": "matplotlib.pyplot.imsave",
    "scipy.misc.logsumexp": "scipy.special.logsumexp",
    "scipy.misc.face": "scipy.datasets.face",
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "scipy.integrate.trapz": "scipy.integrate.trapezoid",
}
PYTHON_2 = {
    "xrange": "range",
    "raw_input": "input",
    "unicode": "str",
    "basestring": "str",
    "unichr": "chr",
    "reduce": "functools.reduce",
    "reload": "importlib.reload",
    "cPickle.": "pickle.",
    "Queue.": "queue.",
    "StringIO.StringIO": "io.StringIO",
    "cStringIO.StringIO": "io.StringIO",
    "urllib2.": "urllib.request.",
    "urllib.urlretrieve": "urllib.request.urlretrieve",
    "urllib.urlopen": "urllib.request.urlopen",
    "itertools.izip": "zip",
    "itertools.imap": "map",
    "time.clock": "time.perf_counter",
    "string.letters": "string.ascii_letters",
}

PACKAGE_GROUPS = (
    *(TENSORFLOW_OPTIMIZERS, TENSORFLOW, NUMPY, SKLEARN, SKLEARN_PLOTS, MATPLOTLIB, SCIPY),
    PYTHON_2,
)


GROUPS = *KERAS_GROUPS, *PACKAGE_GROUPS
MOVES = {old.rstrip("."): new.rstrip(".") for group in GROUPS for old, new in group.items()}
MODULES = {old.rstrip(".") for group in GROUPS for old in group if old.endswith(".")}
KERAS_WITHIN = (
    *("tensorflow.contrib.keras.api.keras", "tensorflow.contrib.keras", "tensorflow.python.keras"),
    "tensorflow.keras",
)


def to_keras(full_name):
    """Return a full name with `keras` instead of `tensorflow.keras`."""
    for root in KERAS_WITHIN:
        if full_name == root or full_name.startswith(f"{root}."):
            return "keras" + full_name[len(root) :]
    return full_name


def old_part(full_name):
    """Return the moved name in a full name: itself or a module of it, else None."""
    name = to_keras(full_name)
    if full_name.startswith("tensorflow.keras.") and name in IN_TENSORFLOW:
        return None
    while name:
        if name in MOVES:
            return name
        name = name.rpartition(".")[0]
    return None


def modern_name(full_name):
    """Return the current full name, in `keras` instead of `tensorflow.keras`."""
    name = to_keras(full_name)
    while (old := old_part(name)) is not None:
        is_whole = old == name
        name = MOVES[old] if is_whole else f"{MOVES[old]}.{name.rpartition('.')[2]}"
    return name


def split(full_name):
    """Split a full name into its module and the rest; classes start with a capital letter.

    >>> split("sklearn.metrics.RocCurveDisplay.from_estimator")
    ('sklearn.metrics', 'RocCurveDisplay.from_estimator')
    >>> split("numpy.prod")
    ('numpy', 'prod')
    """
    parts = full_name.split(".")
    count = next((i for i, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:count]), ".".join(parts[count:])


def match_moved(*groups):
    """Match moved names of these groups."""
    names = {name.rstrip(".") for group in groups for name in group}

    def match(node, code):
        for full_name, place in _names(node, code):
            if old_part(full_name) in names and not _is_fixed_by_import(node, full_name, code):
                return Match(place, (replace(node, _replacement(node, full_name, code)),))
        return None

    return match


def match_import_of(*roots):
    """Match imports of Keras from within another package whose names have not moved."""

    def match(node, code):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            return None
        full_names = [full_name for full_name, _ in uses(node, code)]
        is_old = any(
            full_name == root or full_name.startswith(f"{root}.")
            for full_name in full_names
            for root in roots
        )
        if not is_old or any(map(old_part, full_names)):
            return None
        return Match(node, (replace(node, _import(node)),))

    return match


def _names(node, code):
    """Return pairs of a full name and a node, also for imported and built-in names."""
    if isinstance(node, ast.Attribute):
        full_name = code.full_name(node)
        is_whole = full_name and (
            old_part(full_name) == to_keras(full_name) or not code.is_attribute_base(node)
        )
        return [(full_name, node)] if is_whole and to_keras(full_name) not in MODULES else []
    if not isinstance(node, ast.Name) or code.is_attribute_base(node):
        return uses(node, code)
    is_known = code.is_imported(node.id) or not code.is_bound(node.id)
    full_name = code.full_name(node) if is_known and isinstance(node.ctx, ast.Load) else None
    return [(full_name, node)] if full_name and to_keras(full_name) not in MODULES else []


def _is_fixed_by_import(node, full_name, code):
    """Return whether a use of a name works unchanged after its import is converted."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    is_same = modern_name(full_name).rpartition(".")[2] == full_name.rpartition(".")[2]
    alias = code.import_alias(node)
    is_renamed = alias is not None and old_part(alias) is not None
    if isinstance(node, ast.Name):
        return is_renamed or (is_same and "." in full_name)
    return is_same and is_renamed


def _replacement(node, full_name, code):
    """Return the new code of an import, or of the use of a moved name."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _import(node)
    new = modern_name(full_name)
    if isinstance(node, ast.Name):
        return split(new)[1] if "." in full_name else new
    part = node.value
    while part is not None:
        before = to_keras(code.full_name(part))
        if new.startswith(f"{before}.") and old_part(before) is None:
            return code.text.of(part) + new[len(before) :]
        part = getattr(part, "value", None)
    return code.written_name(new)


def _import(node):
    """Return an import statement with the current names."""
    if isinstance(node, ast.Import):
        parts = [_module_import(modern_name(alias.name), alias.asname) for alias in node.names]
        return "; ".join(dict.fromkeys(parts))
    statements = []
    names = {}  # by module
    for alias in node.names:
        full_name = f"{node.module}.{alias.name}"
        new = modern_name(full_name)
        if "." not in new or to_keras(full_name) in MODULES:
            statements.append(_module_import(new, alias.asname))
            continue
        module, name = split(new)
        name = name.split(".")[0]
        if alias.asname:
            name = f"{name} as {alias.asname}"
        names.setdefault(module, []).append(name)
    for module, parts in names.items():
        statements.append(f"from {module} import {', '.join(dict.fromkeys(parts))}")
    return "; ".join(dict.fromkeys(statements))


def _module_import(full_name, asname):
    """Return the import of a module, under another name if there is one."""
    root = full_name.split(".")[0]
    if asname is None:
        return "import keras" if root == "keras" else f"import {full_name}"
    parent, _, name = full_name.rpartition(".")
    if not parent:
        return f"import {full_name}" + (f" as {asname}" if asname != full_name else "")
    return f"from {parent} import {name} as {asname}"
