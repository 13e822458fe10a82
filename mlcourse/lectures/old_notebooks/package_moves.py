"""Moved names of other packages, by topic: dicts from old full names to new ones.

A name that ends with a dot is a module, for all names within it.
"""

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

GROUPS = (
    *(TENSORFLOW_OPTIMIZERS, TENSORFLOW, NUMPY, SKLEARN, SKLEARN_PLOTS, MATPLOTLIB, SCIPY),
    PYTHON_2,
)
