"""Old code with TensorFlow, NumPy, scikit-learn and others, and with Python 2."""

from mlcourse.old_notebooks.matching import anywhere, arguments, named, never
from mlcourse.old_notebooks.moved_names import moved
from mlcourse.old_notebooks.moves_of_packages import (
    MATPLOTLIB,
    NUMPY,
    PYTHON_2,
    SCIPY,
    SKLEARN,
    SKLEARN_PLOTS,
    TENSORFLOW,
    TENSORFLOW_OPTIMIZERS,
)
from mlcourse.old_notebooks.packages import (
    has_key,
    layer_of_tensor,
    placeholder,
    printed,
    style,
    three_dimensional,
)
from mlcourse.old_notebooks.rule import Rule

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
