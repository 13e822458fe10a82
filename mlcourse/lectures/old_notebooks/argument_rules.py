"""Rules for old arguments of layers."""

from mlcourse.lectures.old_notebooks.layer_rules import match_kernel_numbers, match_kernel_sides
from mlcourse.lectures.old_notebooks.matching import Rule, match_arguments, rename_with_values

WITH_UNITS = "Dense", "LSTM", "GRU", "SimpleRNN"
RECURRENT = "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"
DROPOUT = (
    *("Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    "AlphaDropout",
)
ORDERS = {"th": "channels_first", "tf": "channels_last"}

RULES = (
    Rule(
        "keras.layers.Convolution2D(32, 3, 3)",
        match_kernel_numbers("Convolution2D", "Convolution3D", strict=True),
        "otherwise the last number is the strides",
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, 3)",
        match_kernel_numbers("Conv2D", "Conv3D", strict=False),
        "if written for Keras 1; in Keras 3 the last number is the strides",
        status="note",
    ),
    Rule("keras.layers.Convolution2D(32, nb_row=3, nb_col=3)", match_kernel_sides),
    Rule(
        "keras.layers.Conv1D(nb_filter=32, filter_length=3)",
        match_arguments(None, {"nb_filter": "filters", "filter_length": "kernel_size"}),
    ),
    Rule(
        'keras.layers.Conv2D(32, 3, border_mode="same")',
        match_arguments(None, {"border_mode": "padding"}),
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, subsample=2)",
        match_arguments(None, {"subsample": "strides", "subsample_length": "strides"}),
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, atrous_rate=2)",
        match_arguments(None, {"atrous_rate": "dilation_rate"}),
    ),
    Rule(
        'keras.layers.MaxPooling2D(2, dim_ordering="tf")',
        match_arguments(None, {"dim_ordering": rename_with_values("data_format", ORDERS)}),
    ),
    Rule(
        "keras.layers.MaxPooling1D(pool_length=2)",
        match_arguments(None, {"pool_length": "pool_size", "stride": "strides"}),
    ),
    Rule("keras.layers.Dense(output_dim=10)", match_arguments(WITH_UNITS, {"output_dim": "units"})),
    Rule(
        'keras.layers.Dense(10, init="uniform")',
        match_arguments(None, {"init": "kernel_initializer"}),
    ),
    Rule(
        "keras.layers.Dense(10, W_regularizer=keras.regularizers.L2(0.01))",
        match_arguments(
            None,
            {
                "W_regularizer": "kernel_regularizer",
                "U_regularizer": "recurrent_regularizer",
                "b_regularizer": "bias_regularizer",
                "W_constraint": "kernel_constraint",
                "U_constraint": "recurrent_constraint",
                "b_constraint": "bias_constraint",
            },
        ),
    ),
    Rule("keras.layers.Dense(10, bias=False)", match_arguments(None, {"bias": "use_bias"})),
    Rule(
        'keras.layers.LSTM(8, inner_activation="sigmoid")',
        match_arguments(
            RECURRENT,
            {
                "inner_activation": "recurrent_activation",
                "inner_init": "recurrent_initializer",
                "dropout_W": "dropout",
                "dropout_U": "recurrent_dropout",
                "forget_bias_init": None,
                "consume_less": None,
                "time_major": None,
            },
        ),
    ),
    Rule(
        "keras.layers.LSTM(8, batch_input_shape=(1, 2, 3))",
        match_arguments(None, {"batch_input_shape": None}),
        "and `keras.Input(batch_shape=...)` as the first layer",
    ),
    Rule(
        "keras.layers.BatchNormalization(mode=0)",
        match_arguments(
            ["BatchNormalization"],
            {
                "mode": None,
                "fused": None,
                "beta_init": "beta_initializer",
                "gamma_init": "gamma_initializer",
            },
        ),
    ),
    Rule("keras.layers.Dropout(p=0.5)", match_arguments(DROPOUT, {"p": "rate"})),
    Rule(
        "keras.layers.GaussianNoise(sigma=0.1)",
        match_arguments(["GaussianNoise"], {"sigma": "stddev"}),
    ),
    Rule(
        "keras.layers.LeakyReLU(alpha=0.1)",
        match_arguments(["LeakyReLU"], {"alpha": "negative_slope"}),
        "Keras 3 accepts both, with a warning",
        status="note",
    ),
    Rule(
        "keras.layers.Embedding(100, 8, input_length=5)",
        match_arguments(["Embedding"], {"input_length": None}),
        "Keras 3 ignores it, with a warning",
        status="note",
    ),
)
