"""Property tests of `scratch` and of `optimizers`."""

import numpy as np
from hypothesis import strategies as st

from mlcourse import optimizers, scratch
from mlcourse.activations import ACTIVATIONS
from mlcourse.initializers import INITIALIZERS
from mlcourse.optimizers import schedules
from mlcourse.optimizers.surfaces import SURFACES
from tests.fuzz import networks
from tests.fuzz.cases import Case, given
from tests.fuzz.strategies import (
    INF,
    NAN,
    NO_ARRAY,
    NO_COUNT,
    NO_FLAG,
    NO_NAME,
    NO_NUMBER,
    NO_SEED,
    NO_SHARE,
    NOT_POSITIVE,
    SEEDS,
    floats,
)

ELSEWHERE = {
    "optimizers.Convergence": "a record; `convergence` returns it",
    "optimizers.MomentumStep": "a record; `momentum_step` returns it",
    "optimizers.Optimizer": "a record; the rules return it",
}

RULES = st.sampled_from([*optimizers.COURSE, *optimizers.LATER, optimizers.sgd(0.1)])
NO_RULE = st.sampled_from(["", "no such name", 3, None, ["sgd"], object(), 0.1])
SURFACE = st.sampled_from([*SURFACES, SURFACES["beale"]])
START = st.none() | floats(2) | st.sampled_from([(0, 0), [1, -1], (1e30, -1e30)])
NO_START = st.sampled_from(["12", 3, [1], [1, 2, 3], [NAN, 0], [INF, 0], ["a", "b"], [1e300, 0]])
NO_STARTS = NO_ARRAY | st.sampled_from([3, [1], [[1]], [[NAN], [0]], np.ones((3, 3))])
DESCENT = {"surface": SURFACE, "optimizer": RULES, "start": START, "steps": st.integers(1, 5)}
NO_DESCENT = {
    "surface": NO_NAME,
    "optimizer": NO_RULE,
    "start": NO_START,
    "steps": NO_COUNT,
    "noise": NO_NUMBER.filter(lambda value: value is not None) | st.just(-1),
    "seed": NO_SEED,
}
NOISE = {"noise": st.none() | st.floats(0, 9), "seed": SEEDS}


def has_ended(path, given):
    """Return whether a path has one float32 point per step, and the start."""
    return path.shape == (given["steps"] + 1, 2) and path.dtype == np.float32


OPTIMIZERS = [
    Case(
        "optimizers.Rule",
        given(pair=st.just(lambda beta_1=0.5: (np.zeros_like, None)), formula=st.just(("w",))),
        check=lambda rule, given: rule(0.1).settings == {"beta_1": 0.5},
    ),
    Case(
        "optimizers.convergence",
        given(
            surface=SURFACE,
            optimizer=RULES,
            points=floats((2,)) | floats((2, 3)) | st.just([[1, 2], [0, 1]]) | floats((2, 0)),
            steps=st.integers(1, 5),
            tolerance=st.floats(1e-3, 9),
        ),
        wrong={
            "surface": NO_NAME,
            "optimizer": NO_RULE,
            "points": NO_STARTS,
            "steps": NO_COUNT,
            "tolerance": NOT_POSITIVE,
        },
        check=lambda found, given: found.steps.shape == np.shape(given["points"])[1:],
    ),
    Case("optimizers.descend", given(**DESCENT, **NOISE), wrong=NO_DESCENT, check=has_ended),
    Case("optimizers.cached_path", given(**DESCENT, **NOISE), wrong=NO_DESCENT, check=has_ended),
    Case(
        "optimizers.first_nonfinite",
        given(path=floats((4, 2)) | st.just([[1, 2], [NAN, 2]]) | floats((0, 2))),
        wrong={"path": NO_ARRAY | st.just(3)},
        check=lambda step, given: step in (None, 1),
    ),
    Case(
        "optimizers.find",
        given(
            optimizer=st.sampled_from(list(optimizers.RULES)),
            engine=st.just("numpy"),
            learning_rate=st.floats(1e-9, 9) | st.just(schedules.constant(0.1)),
        ),
        wrong={
            "optimizer": NO_RULE,
            "engine": NO_NAME,
            "learning_rate": NOT_POSITIVE,
            "momentum": NO_SHARE,
        },
        check=lambda found, given: found.name == given["optimizer"],
    ),
    Case(
        "optimizers.find_all",
        given(optimizers=RULES | st.lists(RULES, min_size=1, max_size=3) | given(a=RULES)),
        wrong={"optimizers": st.sampled_from([None, 3, [], {}, [None], {"a": 3}, "no such name"])},
        check=lambda found, given: all(
            isinstance(one, optimizers.Optimizer) for one in found.values()
        ),
    ),
    Case(
        "optimizers.momentum_step",
        given(
            surface=st.sampled_from(["noisy_bowl", "ravine"]),
            method=st.sampled_from(["Momentum", "Nesterov momentum"]),
            step=st.integers(1, 20),
            start=st.none() | st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
        ),
        wrong={"surface": NO_NAME, "method": NO_NAME, "step": NO_COUNT, "start": NO_START},
        check=lambda step, given: np.allclose(step.momentum + step.gradient_step, step.update),
    ),
    Case(
        "optimizers.noisy_paths",
        given(**DESCENT, n_runs=st.integers(1, 3), **NOISE),
        wrong={"n_runs": NO_COUNT, **NO_DESCENT},
        check=lambda paths, given: paths.shape == (given["steps"] + 1, given["n_runs"], 2),
    ),
    Case(
        "optimizers.convergence_map",
        given(
            surface=SURFACE,
            optimizer=st.sampled_from(["sgd", "adam"]),
            learning_rates=st.just(1) | st.lists(st.floats(1e-3, 1), min_size=1, max_size=3),
            starts=floats((2, 2)) | floats((0, 2)),
            steps=st.integers(1, 5),
        ),
        wrong={
            "surface": NO_NAME,
            "optimizer": NO_RULE | st.just("sgd_cyclic"),
            "learning_rates": st.sampled_from([[], 0, [-1], [NAN], "ab", None, [[1, 2]]]),
            "starts": NO_STARTS,
            "steps": NO_COUNT,
        },
        check=lambda found, given: found.steps.shape[1:] == (len(given["starts"]),),
    ),
    Case(
        "optimizers.iterate",
        given(
            surface=st.just(SURFACES["ravine"]),
            optimizer=RULES.map(optimizers.find),
            points=st.just(np.ones((2, 3), np.float32)),
            steps=st.integers(0, 5),
            noise=st.floats(0, 1),
            seed=SEEDS,
        ),
        check=lambda walk, given: len(list(walk)) == given["steps"] + 1,
    ),
]

N = st.integers(1, 4)
DTYPE = st.sampled_from(["float32", "float64"])
NO_DTYPE = st.sampled_from(["int32", "float33", None, 3, "float16"])
SIZES = np.ones((3, 2))


def trains(x, reaches):
    """Return a check of the shapes of a layer's forward and backward pass."""

    def check(layer, given):
        y = layer.forward(x(given), training=True)
        back = layer.backward(np.ones_like(y))
        return y.shape == reaches(given) and back.shape == x(given).shape and np.isfinite(y).all()

    return check


def rows(given):
    return np.linspace(-2, 2, 3 * given.get("n_in", given.get("n", 2))).reshape(3, -1)


def of_rows(given):
    return 3, given.get("n_out", rows(given).shape[1])


def images(given):
    return np.linspace(0, 1, 2 * 5 * 5 * given.get("channels", 1)).reshape(2, 5, 5, -1)


def loss_of(outputs, y):
    """Return a check that a loss is not negative, and its gradient has the outputs' shape."""

    def check(loss, given):
        value, gradient = loss.value_and_gradient(outputs, y)
        return (
            value >= 0 and gradient.shape == outputs.shape and np.isclose(loss(outputs, y), value)
        )

    return check


LOSS = given(reduction=st.sampled_from(["mean", "sum"]))
ONE_NAME = given(name=st.sampled_from(["a", "", "ä b"]))
LAYERS = [
    Case("scratch.Layer", given(name=st.just("a"), seed=SEEDS), wrong={"seed": NO_SEED}),
    Case(
        "scratch.Affine",
        given(
            name=st.just("a"),
            n_in=N,
            n_out=N,
            initializer=st.sampled_from(list(INITIALIZERS)),
            seed=SEEDS,
            dtype=DTYPE,
        ),
        wrong={"n_in": NO_COUNT, "n_out": NO_COUNT, "initializer": NO_NAME, "seed": NO_SEED},
        check=trains(rows, of_rows),
    ),
    Case(
        "scratch.Activation",
        given(name=st.just("a"), activation=st.sampled_from([*ACTIVATIONS.values()])),
        wrong={"activation": st.sampled_from(["no such name", 3, ["relu"], object()])},
        check=trains(rows, of_rows),
    ),
    *(
        Case(f"scratch.{name}", ONE_NAME, check=trains(rows, of_rows))
        for name in ("Sigmoid", "Tanh", "Relu", "Softmax")
    ),
    Case(
        "scratch.LeakyRelu",
        given(name=st.just("a"), slope=st.floats(0, 1)),
        wrong={"slope": NO_SHARE},
        check=trains(rows, of_rows),
    ),
    Case(
        "scratch.Dropout",
        given(name=st.just("a"), rate=st.floats(0, 0.99) | st.just(0), seed=SEEDS),
        wrong={"rate": NO_SHARE | st.just(1), "seed": NO_SEED},
        check=trains(rows, of_rows),
    ),
    Case(
        "scratch.BatchNorm",
        given(
            name=st.just("a"),
            n=N,
            momentum=st.sampled_from([0, 0.5, 0.99]),
            epsilon=st.sampled_from([1e-9, 1, 1e-3]),
            dtype=DTYPE,
        ),
        wrong={"n": NO_COUNT, "momentum": NO_SHARE | st.just(1), "epsilon": NOT_POSITIVE},
        check=trains(rows, of_rows),
    ),
    Case(
        "scratch.Conv2D",
        given(
            name=st.just("a"),
            channels=N,
            filters=N,
            size=st.integers(1, 5),
            padding=st.just("same"),
            seed=SEEDS,
            dtype=DTYPE,
        ),
        wrong={
            "channels": NO_COUNT,
            "filters": NO_COUNT,
            "size": NO_COUNT,
            "padding": NO_NAME,
            "seed": NO_SEED,
        },
        check=trains(images, lambda given: (2, 5, 5, given["filters"])),
    ),
    Case("scratch.Flatten", ONE_NAME, check=trains(images, lambda given: (2, 25))),
    Case(
        "scratch.MaxPool2D",
        given(name=st.just("a"), size=st.integers(1, 5)),
        wrong={"size": NO_COUNT},
        check=trains(images, lambda given: (2, 5 // given["size"], 5 // given["size"], 1)),
    ),
    Case("scratch.MSE", LOSS, wrong={"reduction": NO_NAME}, check=loss_of(SIZES, SIZES - 2)),
    Case(
        "scratch.BCE",
        LOSS,
        wrong={"reduction": NO_NAME},
        check=lambda loss, given: loss.value_and_gradient(SIZES * 800, SIZES)[0] >= 0,
    ),
    Case(
        "scratch.CrossEntropy",
        LOSS,
        wrong={"reduction": NO_NAME},
        check=lambda loss, given: loss.value_and_gradient(SIZES * 800, [0, 1, 1])[0] >= 0,
    ),
]


def data(n=3):
    """Return a few examples and their integer labels."""
    return scratch.Data(np.arange(2.0 * n).reshape(n, 2), np.arange(n) % 2)


def model():
    """Return a small network with two inputs and two classes."""
    layers = scratch.Affine("first", 2, 3), scratch.Relu("relu"), scratch.Affine("last", 3, 2)
    return scratch.Model(layers)


def learns(learner, given):
    """Return whether a learner trains for all its epochs with an `AccCallback`."""
    callback = scratch.AccCallback()
    learner.set_callbacks([callback])
    learner.train_loop(scratch.Dataloader(data(), scratch.Sampler(data(), 2)))
    return len(callback.losses) == given["epochs"]


TRAINING = [
    Case(
        "scratch.AccCallback",
        given(learner=st.none(), batch_size=st.none() | st.integers(1, 100)),
        wrong={
            "learner": st.sampled_from([3, "a", object()]),
            "batch_size": st.sampled_from([0, -1, 0.5, "a"]),
        },
        check=lambda callback, given: True,
    ),
    Case(
        "scratch.Data",
        given(
            X=floats((3, 2)) | floats((3, 1, 1)) | st.just([[1], [2], [3]]), y=st.just([0, 1, 2])
        ),
        wrong={
            "X": NO_ARRAY | st.sampled_from([[], [[1]], 3, [[NAN], [1], [2]]]),
            "y": NO_ARRAY | st.sampled_from([[], [1], 3, [NAN, 1, 2]]),
        },
        check=lambda data, given: len(data.X) == len(data.y) == 3,
    ),
    Case(
        "scratch.Sampler",
        given(
            data=st.just(data(5)), batch_size=st.integers(1, 9), shuffle=st.booleans(), seed=SEEDS
        ),
        wrong={
            "data": st.sampled_from([None, 3, [1, 2], object()]),
            "batch_size": NO_COUNT,
            "shuffle": NO_FLAG,
            "seed": NO_SEED,
        },
        check=lambda sampler, given: sorted(np.concatenate(list(sampler))) == list(range(5)),
    ),
    Case(
        "scratch.Dataloader",
        given(data=st.just(data()), sampler=st.builds(scratch.Sampler, st.just(data()), N)),
        wrong={
            "data": st.sampled_from([None, 3, object(), data(5)]),
            "sampler": st.sampled_from([None, 3, object(), scratch.Sampler(data(5), 2)]),
        },
        check=lambda loader, given: len(list(loader)) == len(loader),
    ),
    Case(
        "scratch.Model",
        given(layers=st.sampled_from([model().layers, tuple(model().layers), [scratch.Tanh("t")]])),
        wrong={
            "layers": st.sampled_from([None, 3, [], "ab", [None], [3], object(), [scratch.Affine]])
        },
        check=lambda model, given: model(SIZES).shape == (3, 2),
    ),
    Case(
        "scratch.Learner",
        given(
            loss=st.sampled_from([scratch.CrossEntropy(), scratch.CrossEntropy("sum")]),
            model=st.builds(model),
            optimizer=st.sampled_from([scratch.GD(0.1), scratch.Adam(1e-3), scratch.AdamW(1e-3)]),
            epochs=st.integers(1, 3),
        ),
        wrong={
            "loss": st.sampled_from([None, 3, "mse", object(), scratch.MSE]),
            "model": st.sampled_from([None, 3, "model", object(), []]),
            "optimizer": st.sampled_from([None, 3, "adam", scratch.GD]),
            "epochs": NO_COUNT,
        },
        check=learns,
    ),
    Case(
        "scratch.from_keras",
        given(model=networks.later(networks.dense), dtype=DTYPE),
        wrong={"model": networks.NO_MODEL, "dtype": NO_DTYPE},
        check=lambda model, given: model.dtype == given["dtype"],
    ),
    Case(
        "scratch.to_keras",
        given(model=st.builds(model), input_shape=st.sampled_from([None, (2,)])),
        wrong={
            "model": st.sampled_from([None, 3, "model", object()]),
            "input_shape": st.sampled_from([3, "a", (None,), (0,)]),
        },
        check=lambda model, given: model.count_params() == 17,
    ),
]
CASES = [*OPTIMIZERS, *LAYERS, *TRAINING]
