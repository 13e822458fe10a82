"""Moved names of Keras, by topic: dicts from old full names to new ones.

They also apply to `tf.keras`. A name that ends with a dot is a module, for all names within it.
"""

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

GROUPS = (
    *(KERAS_LAYER_MODULES, KERAS_EXPERIMENTAL_LAYERS, KERAS_ENGINE, KERAS_UTILS, KERAS_PLOTS),
    *(KERAS_PLOT, KERAS_WRAPPERS, KERAS_CUDNN, KERAS_LAYERS, KERAS_MERGE, KERAS_OPTIMIZER_MODULES),
    *(KERAS_OPTIMIZERS, KERAS_FUNCTIONS, KERAS_BACKEND),
)
