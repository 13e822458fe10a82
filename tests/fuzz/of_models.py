"""Property tests of models, graphs, inspection and layers."""

import numpy as np
from hypothesis import strategies as st

from mlcourse.models.injection import FAULTS, SHARED
from tests.fuzz import networks
from tests.fuzz.cases import Case, given
from tests.fuzz.networks import NO_MODEL, NO_WORD
from tests.fuzz.strategies import NO_COUNT, NO_FLAG, NO_NUMBER, NO_SEED, SEEDS

ELSEWHERE = {
    "models.imagenet_weights": "it has no arguments and may use the network; see tests/models",
    "inspection.LossLandscape": "a record; `loss_landscape` returns it",
    "inspection.LayerUnits": "a record; `dead_units` returns one for each layer",
    "inspection.UnitReport": "a table; `dead_units` returns it",
    "networks.keras_io.LayerMapping": "a record of two functions; `read` and `write` use it",
    "figures.model_graph.Block": "a record; `graph` makes it",
    "figures.model_graph.Graph": "a record; `graph` returns it",
}

LISTS = st.sampled_from([[1], (2, 1), np.array([3, 2])])
NO_LISTS = st.sampled_from([None, 3, "12", [], [0], [1.5], [None], [[1]], np.zeros((2, 2), int)])
NO_SHAPE = st.sampled_from([None, 0, -1, 1.5, "28", [], [0], [2, None], {}])
HIDDEN = {
    "hidden": LISTS,
    "classes": st.sampled_from([2, np.int64(3)]),
    "activation": st.sampled_from(["relu", "tanh", "linear", np.tanh]),
    "initializer": st.sampled_from(["he_normal", "zeros"]),
    "dropout": st.sampled_from([0, 0.0, 0.5, np.float32(0.25)]),
    "batch_norm": st.booleans(),
}
NO_HIDDEN = {
    "hidden": NO_LISTS,
    "classes": NO_COUNT | st.just(1),
    "activation": NO_WORD,
    "initializer": NO_WORD,
    "dropout": NO_NUMBER | st.sampled_from([-0.1, 1, 1.5]),
    "batch_norm": NO_FLAG,
}
PICTURES = st.sampled_from([(6, 6), [6, 7, 1], (8, 6, 3)])
NO_PICTURES = NO_SHAPE | st.sampled_from([6, (6,), (1, 1), (6, 6, 1, 1)])
KERNELS = st.sampled_from([1, 3, (2, 3), [3, 1]])
NO_KERNELS = NO_COUNT | st.sampled_from([(3,), (1, 2, 3), [0, 1], 20])


def _is_model(inputs):
    """Return a check that a model predicts probabilities for an example of a shape."""

    def check(model, arguments):
        shape = np.atleast_1d(arguments.get("input_shape", inputs)).tolist()
        outputs = [tuple(one.shape) for one in model.outputs]
        return list(model.inputs[0].shape[1:]) == shape and all(len(one) == 2 for one in outputs)

    return check


MODELS = [
    Case("models.cifar_cnn", given(), check=_is_model((32, 32, 3))),
    Case(
        "models.mlp",
        given(
            input_shape=st.sampled_from([1, 784, (3,), [2, 2], np.array([2])]),
            l1=st.sampled_from([0, 0.1, 1e30]),
            l2=st.sampled_from([0.0, 5]),
            **HIDDEN,
        ),
        wrong={
            "input_shape": NO_SHAPE,
            "l1": NO_NUMBER | st.just(-1),
            "l2": NO_NUMBER | st.just(-0.1),
            **NO_HIDDEN,
        },
        check=_is_model(None),
    ),
    Case(
        "models.cnn",
        given(input_shape=PICTURES, filters=st.just([2]), kernel_size=KERNELS, **HIDDEN),
        wrong={
            "input_shape": NO_PICTURES,
            "filters": NO_LISTS | st.just([1, 1, 1, 1]),
            "kernel_size": NO_KERNELS,
            **NO_HIDDEN,
        },
        check=_is_model(None),
    ),
    Case(
        "models.residual",
        given(
            input_shape=PICTURES,
            widths=st.sampled_from([(1, 2), np.array([1, 1])]),
            classes=HIDDEN["classes"],
            activation=HIDDEN["activation"],
            dtype=st.sampled_from([None, "float32", "mixed_bfloat16"]),
        ),
        wrong={
            "input_shape": NO_SHAPE | st.sampled_from([6, (6,), (1, 1), (6, 6, 1, 1)]),
            "widths": NO_LISTS,
            "classes": NO_HIDDEN["classes"],
            "activation": NO_WORD,
            "filters": st.sampled_from(["f", 3, [], np.zeros((9, 3, 3, 1)), [[1], [1, 2]]]),
            "dtype": st.sampled_from([3, "float33", [], "complex64"]),
        },
        check=_is_model(None),
    ),
    Case(
        "models.two_head",
        given(
            input_shape=PICTURES,
            filters=st.sampled_from([(), [], [1]]),
            kernel_size=KERNELS,
            names=st.sampled_from([("a", "b"), ["upper", "lower"]]),
            **HIDDEN,
        ),
        wrong={
            "input_shape": NO_SHAPE,
            "filters": st.sampled_from([None, 3, "12", [0], [1.5], [None]]),
            "names": st.sampled_from(
                [None, "ab", ["a"], ("a", "a"), ("", "b"), [1, 2], ("a/", "b")]
            ),
            **NO_HIDDEN,
        },
        check=lambda model, arguments: model.output_names == list(arguments["names"]),
    ),
    Case(
        "models.inject",
        given(
            model=networks.later(networks.dense) | networks.later(networks.pictures),
            batch_size=st.integers(1, 9),
            epochs=st.integers(1, 3),
            fault=st.none() | st.sampled_from(sorted({*FAULTS} - {SHARED})),
            seed=SEEDS,
        ),
        wrong={
            "model": NO_MODEL | networks.later(networks.unbuilt),
            "x": st.sampled_from([3, "x", networks.X, networks.X[:, :1]]),
            "batch_size": NO_COUNT,
            "epochs": NO_COUNT,
            "fault": st.sampled_from([3, "", "noisy labels", []]),
            "seed": NO_SEED,
        },
        check=lambda case, _: len(list(case)) == 2 and sum(map(case.has, case.choices)) == 1,
    ),
]

DENSE = {
    "model": networks.later(networks.dense),
    "x": networks.batches,
    "y": networks.targets,
    "loss": st.sampled_from([None, "sparse_categorical_crossentropy"]),
    "training": st.booleans(),
    "loss_weights": st.sampled_from([None, 2.0, [2.0]]),
    "sample_weight": st.sampled_from([None, np.ones(3), np.array([0, 1, 2], np.float32)]),
}
NO_DENSE = {
    "model": NO_MODEL | networks.later(networks.unbuilt),
    "x": networks.no_batches,
    "y": networks.no_targets,
    "loss": st.sampled_from([3, "no such loss", []]),
    "training": NO_FLAG,
    "loss_weights": st.sampled_from(["x", [1.0, 2.0]]),
    "sample_weight": st.sampled_from([3, "x", np.ones(2), []]),
    "class_weight": st.sampled_from([3, "x", [], {}]),
}
CONVOLUTION = {"model": networks.later(networks.pictures)}
NO_CONVOLUTION = {"model": NO_MODEL | networks.later(networks.unbuilt)}
CLASS = {
    "target": st.sampled_from([None, 0, np.int64(1)]),
    "output": st.sampled_from([None, 0]),
    "input": st.sampled_from([None, 0]),
    **CONVOLUTION,
}
NO_CLASS = {
    "target": st.sampled_from([-1, 2, 0.5, "0", [0, 1], [], [[0]], True]),
    "output": st.sampled_from([1, -1, True, "no such output", [0]]),
    "input": st.sampled_from([1, -1, True, "no such input", [0]]),
    **NO_CONVOLUTION,
}
INSPECTION = [
    Case(
        "inspection.gradients",
        given(**DENSE),
        wrong=NO_DENSE,
        check=lambda found, _: [array.shape for _, array in found] == [(2, 3), (3,), (3, 2), (2,)],
    ),
    Case(
        "inspection.gradient_norms",
        given(relative=st.booleans(), **DENSE),
        wrong={"relative": NO_FLAG, **NO_DENSE},
        check=lambda found, _: all(norm >= 0 for norm in found.values()) and len(found) == 2,
    ),
    Case(
        "inspection.loss_landscape",
        given(
            model=DENSE["model"],
            x=DENSE["x"],
            y=DENSE["y"],
            loss=DENSE["loss"],
            radius=st.sampled_from([0.1, 2]),
            resolution=st.integers(2, 3),
            seed=st.integers(0, 3),
            progress=st.just(False),
        ),
        wrong={
            "model": NO_DENSE["model"],
            "x": NO_DENSE["x"],
            "y": NO_DENSE["y"],
            "loss": NO_DENSE["loss"],
            "paths": st.sampled_from([[], {}, [[np.zeros(1)]] * 2, {"adam": []}]),
            "radius": st.sampled_from([0, -1, "a", np.nan]),
            "resolution": st.sampled_from([0, 1, 1.5, "a"]),
            "seed": st.sampled_from([-1, 0.5, "a"]),
            "progress": NO_FLAG,
        },
        check=lambda found, arguments: found.loss.shape == (arguments["resolution"],) * 2,
    ),
    Case(
        "inspection.dead_units",
        given(model=DENSE["model"], x=networks.examples),
        wrong={"model": NO_DENSE["model"], "x": networks.no_examples},
        check=lambda found, _: all(0 <= share <= 1 for share in found.values()),
    ),
    Case(
        "inspection.filters",
        given(**CONVOLUTION),
        wrong={"model": NO_CONVOLUTION["model"] | networks.later(networks.dense)},
        check=lambda found, _: found.shape == (2, 3, 3, 1),
    ),
    Case(
        "inspection.feature_maps",
        given(
            x=networks.pictures_of,
            layers=st.sampled_from([None, ["conv"], ("conv",), np.array(["conv"])]),
            **CONVOLUTION,
        ),
        wrong={
            "x": networks.no_pictures,
            "layers": st.sampled_from([3, [], "conv2", ["dense"], [None], [["conv"]]]),
            **NO_CONVOLUTION,
        },
        check=lambda found, arguments: found["conv"].shape == (len(arguments["x"]), 4, 4, 2),
    ),
    Case(
        "inspection.grad_cam",
        given(
            x=networks.pictures_of,
            layer=st.sampled_from([None, "conv"]),
            **CLASS,
        ),
        wrong={
            "x": networks.no_pictures,
            "layer": st.sampled_from([3, "dense", ["conv"], ""]),
            **NO_CLASS,
        },
        check=lambda heat, arguments: heat.shape == (len(arguments["x"]), 6, 6) and heat.min() >= 0,
    ),
    Case(
        "inspection.saliency",
        given(x=networks.pictures_of, **CLASS),
        wrong={"x": networks.no_pictures, **NO_CLASS},
        check=lambda heat, arguments: heat.shape == (len(arguments["x"]), 6, 6) and heat.min() >= 0,
    ),
    Case(
        "inspection.occlusion",
        given(
            x=networks.pictures_of,
            size=st.sampled_from([None, 3, np.int64(6)]),
            stride=st.sampled_from([None, 1]),
            fill=st.sampled_from([0, 0.5, -1e3]),
            **CLASS,
        ),
        wrong={
            "x": networks.no_pictures,
            "size": st.sampled_from([0, 7, 2.0, "3", True]),
            "stride": st.sampled_from([0, 7, 2.0, "3", True]),
            "fill": st.sampled_from([None, "0", np.nan, np.inf]),
            **NO_CLASS,
        },
        check=lambda drops, arguments: (
            drops.shape == (len(arguments["x"]), 6, 6) and np.abs(drops).max() <= 1
        ),
    ),
]


def _classes():
    from mlcourse.scratch.learner import CLASSES

    return CLASSES


def _scratch_layers():
    from mlcourse.scratch import from_keras

    return from_keras(networks.dense()).layers


DTYPES = st.sampled_from(["float32", "float64"])
NO_DTYPE = st.sampled_from([None, 3, "float33", "int32", []])
NO_CLASSES = st.sampled_from([None, 3, {}, ["Dense"], {"Dense": None}])
LAYERS = [
    Case(
        "networks.keras_io.read",
        given(
            model=networks.later(networks.dense) | networks.later(networks.pictures),
            classes=networks.later(_classes),
            dtype=DTYPES,
        ),
        wrong={
            "model": NO_MODEL | networks.later(networks.unbuilt),
            "classes": NO_CLASSES,
            "dtype": NO_DTYPE,
        },
        check=lambda layers, _: len(layers) in (4, 5),
    ),
    Case(
        "networks.keras_io.write",
        given(
            layers=networks.later(_scratch_layers),
            classes=networks.later(_classes),
            input_shape=st.sampled_from([(2,), [2]]),
            dtype=DTYPES,
        ),
        wrong={
            "layers": st.sampled_from([None, 3, "ab", [], [None], [object()]]),
            "classes": NO_CLASSES,
            "input_shape": NO_SHAPE | st.sampled_from([(3,), (None,), (2, 2, 2)]),
            "dtype": NO_DTYPE,
        },
        check=lambda model, _: model.count_params() == 17,
    ),
    Case(
        "figures.model_graph.graph",
        given(
            model=networks.later(networks.dense) | networks.later(networks.pictures),
            x=st.none(),
            expand=st.booleans() | st.integers(0, 3),
            collapse_repeats=st.booleans(),
        ),
        wrong={
            "model": NO_MODEL | networks.later(networks.unbuilt),
            "x": st.sampled_from(
                ["ab", 3, [], {}, [[1.0]], np.float32(1), np.array("a"), object()]
            ),
            "expand": st.sampled_from([-1, 1.5, "all", None]),
            "collapse_repeats": st.sampled_from([None, 2, "yes"]),
        },
        check=lambda found, arguments: found.parameters == arguments["model"].count_params(),
    ),
    Case(
        "figures.model_graph.format_shape",
        given(lengths=st.integers(0, 10**30) | st.lists(st.none() | st.integers(0, 9))),
        wrong={"lengths": st.sampled_from(["3", 1.5, [1.5], ["3"], [[1]], -1, [-1], True, {}])},
        check=lambda words, _: isinstance(words, str),
    ),
]
CASES = [*MODELS, *INSPECTION, *LAYERS]
