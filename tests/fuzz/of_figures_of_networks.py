"""Property tests of the figures of networks, optimizers, training histories and searches."""

import functools
import itertools

import numpy as np
from hypothesis import strategies as st

from mlcourse import explain
from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult, LearningRateSweep
from mlcourse.initializers import signal_propagation
from mlcourse.inspection import LossLandscape
from mlcourse.optimizers import COURSE, RULES
from mlcourse.optimizers.schedules import constant, one_cycle
from mlcourse.optimizers.surfaces import SURFACES
from mlcourse.tuning.ablation import Ablation, Fit
from mlcourse.tuning.trials import Trial, Trials
from tests.figures.small_classifier import GrowingClassifier
from tests.fuzz.cases import Case, given
from tests.fuzz.pictures import (
    ANY,
    AXES,
    FIGURES,
    FLAGS,
    NO_AXES,
    NO_COUNTS,
    NO_FIGURES,
    NO_FLAGS,
    NO_NUMBERS,
    TITLES,
    drawn,
    numbers,
    one_of,
)

NAN = float("nan")
PLANE = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]])
NETWORK = [np.array([[1.0, -2.0], [0.5, 0.0]]), np.array([0.1, 0.2]), np.ones((2, 1))]
NETWORKS = one_of(NETWORK, (NETWORK[0],), [NETWORK[0].tolist(), [[1], [1e290]]])
NO_NETWORKS = one_of(None, 3, "ab", [1], [0, 1], [2, 1.5], [np.zeros((2, 2)), np.zeros((3, 1))])
SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=4)
COMMON = {
    "draw_bias": FLAGS,
    "labels": FLAGS,
    "activation": FLAGS,
    "sigmoid": FLAGS,
    "weight_count": FLAGS,
    "max_units": st.none() | st.integers(1, 3),
    "seed": st.none() | st.integers(0, 2**32 - 1),
    "ax": AXES,
}
WITH_SIZES = {
    "layer_sizes": SIZES | SIZES.map(tuple) | SIZES.map(np.array),
    "random_weights": FLAGS,
    "show_activations": FLAGS,
    "figsize": one_of((4, 4), [1, 0.5]),
    "dropout": one_of(None, 0, 0.5),
    "input_names": st.none(),
    "output_names": st.none(),
}
WITH_WEIGHTS = {
    "layer_sizes": NETWORKS,
    "edges": one_of("weight", "contribution"),
    "x": one_of([1.0, -1.0], np.zeros((1, 2)), (0, 1)),
    "top_edges": st.none() | st.integers(1, 3),
    "limit": one_of(None, 1, 1e-9),
    "colorbar": FLAGS,
    "units": st.just("output"),
    "y": st.none(),
    "input_names": one_of(None, ["$a$", ""], ("a long name " * 9, 3)),
    "output_names": st.none(),
}
WITH_MAPS = {
    "layer_sizes": st.just(NETWORK),
    "heatmaps": one_of([[0, 1]], np.eye(2), ((1.0, 1e-9), (1.0, 3.0))),
}
NO_NETWORK = {
    "heatmaps": one_of("ab", [1.0], [[NAN, 0.0]], [[1, 2, 3]], 3, object()),
    "layer_sizes": NO_NETWORKS,
    "max_units": one_of(0, -1, 1.5, "3"),
    "seed": one_of(-1, 0.5, 2**32),
    "ax": NO_AXES,
    **dict.fromkeys(
        ("draw_bias", "labels", "activation", "sigmoid", "weight_count", "random_weights"), NO_FLAGS
    ),
    "edges": ANY,
    "units": ANY,
    "x": one_of("ab", [1.0] * 99, [NAN, 0.0], object()),
    "y": one_of("ab", [NAN], object(), [1, 2, 3]),
    "dropout": one_of(-0.1, 1, NAN, "a", [[1]] * 9, [["a", "b"]], object()),
    "top_edges": one_of(0, -1, 1.5, "3"),
    "limit": one_of(0, -1, NAN, np.inf, "1"),
    "colorbar": NO_FLAGS,
    "show_activations": one_of("ab", [NAN, 1.0], object()),
    "figsize": one_of(3, (1,), (0, 1), "ab", (NAN, 1), None, (1, np.inf), (1e9, 1)),
    **dict.fromkeys(("input_names", "output_names"), one_of(3, "ab", [], ["a"] * 9, object())),
}

OPTIMIZERS = one_of(
    "sgd",
    RULES["adam"](0.1),
    ["sgd", "sgd"],
    ("momentum", COURSE["adam"]),
    {"one": "adam", "two": RULES["sgd"](1e30)},
)
NO_OPTIMIZERS = one_of(None, 3, "unknown", [], {}, [3], {"a": None}, object())
WHERE = {
    "surface": one_of(*SURFACES, SURFACES["beale"]),
    "start": one_of(None, (1, 1), [0.5, -0.5], np.zeros(2)),
    "noise": one_of(None, 0, 0.1, 1e30),
    "seed": st.integers(0, 2**40),
}
NO_PLACE = {
    "surface": ANY,
    "start": one_of(3, "ab", (1, 2, 3), (NAN, 0), (None, 1), [[1], [1, 2]], (1e300, 0)),
    "noise": one_of(-1, NAN, np.inf, "a", [1]),
    "seed": one_of(None, -1, 0.5, "a"),
}
DESCENT = {"steps": st.integers(1, 9), "optimizers": OPTIMIZERS, "title": TITLES, **WHERE}
NO_DESCENT = {"steps": NO_COUNTS, "optimizers": NO_OPTIMIZERS, **NO_PLACE}
ONE = one_of("sgd", COURSE["adam"], RULES["momentum"](1e30))
NO_ONE = one_of(None, 3, "unknown", [], ["sgd"], {"a": "sgd"}, object())


@functools.cache
def signal(depth, width):
    return signal_propagation(depth, width, n_examples=1)


@functools.cache
def explanation(sizes):
    rng = np.random.default_rng(0)
    shapes = itertools.pairwise(sizes)
    return explain(
        [rng.normal(size=shape) for shape in shapes], [1.0] * sizes[0], [0.0] * sizes[-1]
    )


@functools.cache
def keras_model(hidden):
    from mlcourse import models

    return models.mlp(2, hidden=hidden)


@st.composite
def backpropagation_arguments(draw):
    """Draw arguments of `plot_backpropagation`."""
    layer = draw(st.integers(1, 2))
    weight = (layer, draw(st.integers(1, 2)), draw(st.integers(1, 3 - layer)))
    x = draw(one_of([1, 2], np.array([0.0, -1.0])))
    y = draw(one_of([3.0], 0, np.ones(1)))
    return {"network": NETWORK, "x": x, "y": y, "weight": weight, "ax": draw(AXES)}


@st.composite
def searches(draw):
    """Draw a search with completed, failed and running trials."""
    number = st.integers(1, 5)
    values = st.dictionaries(one_of("units", "a_long_name"), one_of(1, 0.1, "relu", True, 64))
    score = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1)
    status = one_of("completed", "completed", "failed", "running")
    trials = [
        Trial(
            k, {"rate": 0.1, **draw(values)}, "completed" if k == 0 else draw(status), draw(score)
        )
        for k in range(draw(number))
    ]
    return Trials("score", draw(one_of(1, -1)), len(trials), trials)


RUNNING = Trials("score", 1, 1, [Trial(0, {"rate": 0.1}, "running")])
BARE = Trials("score", 1, 1, [Trial(0, {}, "completed", 0.5)])
NO_SEARCHES = one_of(None, 3, "ab", Trials("score", 1, 0), RUNNING, BARE, [RUNNING])


@st.composite
def ablations(draw):
    """Draw an ablation with one or two repeats."""
    variants = {"baseline": {}, "another change with a long name, of several lines": {"a": 1}}
    repeats = draw(st.integers(1, 2))
    value = given(test_accuracy=st.floats(0, 1) | st.just(NAN), test_loss=numbers())
    fits = [
        Fit(variant, repeat, draw(value), 1.0)
        for variant in variants
        for repeat in range(draw(st.integers(0, repeats)))
    ]
    return Ablation(variants, repeats, ["test_accuracy", "test_loss"], fits)


@st.composite
def histories(draw):
    """Draw a training history, or those of several runs, in one of the accepted forms."""
    n = draw(st.integers(1, 4))
    values = st.lists(st.floats() | st.integers(0, 3), min_size=n, max_size=n)
    names = draw(st.sets(one_of("val_loss", "accuracy", "val_accuracy", "f1")))
    one = {name: draw(values) for name in ("loss", *sorted(names))}
    return draw(one_of(one, [one, one], {"a": one, "b": {"loss": np.ones(n)}}))


FIT = {
    "metrics": one_of(None, ["loss"], "loss"),
    "log_scale": FLAGS,
    "last": st.none() | st.integers(1, 9),
    "target": one_of(None, 0, 0.5, -1e300),
}
PANELS = one_of(None, [["loss"]], ["loss"], (("loss",),))
NO_PANELS = one_of(3, "loss", [], [3], [[]], [[None]], [["loss"], ["val_loss"]], {"loss": 3})
NO_FIT = {
    "metrics": one_of(3, [], [3], object()),
    "log_scale": NO_FLAGS,
    "last": one_of(0, -1, 1.5, "3"),
    "target": one_of(NAN, np.inf, "a", [1]),
}
RATES = np.geomspace(1e-5, 1, 30)


def sweep(losses):
    return LearningRateSweep(RATES, np.asarray(losses, float), {"accuracy": np.linspace(0, 1, 30)})


FALLING, FLAT = sweep(np.linspace(2, 1, 30)), sweep(np.ones(30))
LOST = sweep([*np.linspace(2, 1, 28), np.inf, NAN])


def landscape(losses, paths=()):
    """Return a loss landscape with the same losses in each row."""
    axis = np.linspace(-1, 1, len(losses))
    return LossLandscape(
        a=axis,
        b=axis,
        directions=(),
        loss=np.tile(np.asarray(losses, float), (len(losses), 1)),
        paths={name: np.column_stack([axis, axis]) for name in paths},
        path_losses={name: np.asarray(losses, float) for name in paths},
        explained=np.array([0.9, 0.1]) if paths else None,
    )


LANDSCAPES = one_of(
    landscape([1.0, 0.5, 2.0]),
    landscape([1.0, 1.0]),
    landscape([0.0, 1e9, np.inf], ["adam"]),
    landscape([1e-9, 1.0, NAN], ["sgd", "a name $of$ many words"]),
)
ELSEWHERE = {}
CASES = [
    Case(
        "figures.draw_neural_net",
        given(**COMMON, **WITH_SIZES)
        | given(**COMMON, **WITH_WEIGHTS)
        | given(**COMMON, **WITH_MAPS),
        NO_NETWORK,
        drawn,
    ),
    Case(
        "figures.NeuralNetDisplay",
        given(**COMMON, **WITH_SIZES) | given(**COMMON, **WITH_WEIGHTS),
        {"layer_sizes": NO_NETWORKS, "ax": NO_AXES},
        lambda display, arguments: drawn(display.ax, arguments),
    ),
    Case(
        "figures.plot_backpropagation",
        backpropagation_arguments(),
        {
            "network": NO_NETWORKS,
            "x": one_of(None, "ab", [1.0], [NAN, 1.0], object()),
            "y": one_of(None, "ab", [NAN], [1, 2, 3], object()),
            "weight": one_of(None, 3, (0, 1, 1), (1, 1), (1, 1, 9), ("a", 1, 1), "abc"),
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.plot_explanation",
        given(
            explanation=one_of((1, 1), (2, 3, 1)).map(explanation),
            max_units=st.integers(1, 3),
            fig=FIGURES,
        ),
        {
            "explanation": one_of(None, 3, "ab", NETWORK),
            "max_units": one_of(0, 1.5, "a"),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_tensor_shapes",
        given(
            layer_sizes=SIZES | NETWORKS | st.just([10**9, 1]),
            batch_size=one_of(1, 32, 10**9),
            ax=AXES,
        ),
        {"layer_sizes": NO_NETWORKS, "batch_size": NO_COUNTS, "ax": NO_AXES},
        drawn,
    ),
    Case(
        "figures.plot_model_graph",
        given(
            model=one_of((3,), (3, 3)).map(keras_model),
            ax=AXES,
            x=one_of(None, np.zeros((2, 2)), np.ones((1, 2), np.float32)),
            expand=FLAGS | st.integers(0, 3),
            collapse_repeats=FLAGS,
            title=TITLES,
        ),
        {
            "model": one_of(None, 3, "ab", NETWORK),
            "ax": NO_AXES,
            "x": one_of("ab", 3, [], [[1.0]], np.float32(1), object()),
            "expand": one_of(-1, 1.5, "all", None),
            "collapse_repeats": NO_FLAGS,
        },
        drawn,
    ),
    Case(
        "figures.plot_activation",
        given(
            function=one_of("sigmoid", "softmax", "relu", "swish"),
            ax=AXES,
            derivative=FLAGS,
            legend=st.none() | FLAGS,
        ),
        {"function": ANY, "ax": NO_AXES, "derivative": NO_FLAGS, "legend": one_of(0, "yes", [])},
        drawn,
    ),
    Case(
        "figures.plot_signal_propagation",
        given(
            signals=st.dictionaries(
                one_of("", "a", "b\nc"), st.builds(signal, one_of(1, 3), one_of(1, 2)), min_size=1
            ),
            fig=FIGURES,
        ),
        {"signals": one_of(None, {}, 3, [1], {"a": 3}, "ab"), "fig": NO_FIGURES},
        drawn,
    ),
    Case(
        "figures.plot_optimizers",
        given(ax=AXES, iterations=st.integers(1, 9), optimizers=OPTIMIZERS, title=TITLES, **WHERE),
        {"ax": NO_AXES, "iterations": NO_COUNTS, "optimizers": NO_OPTIMIZERS, **NO_PLACE},
        drawn,
    ),
    Case(
        "figures.DescentDisplay",
        given(ax=AXES, **DESCENT),
        {"ax": NO_AXES, **NO_DESCENT},
        lambda display, arguments: (
            len(next(iter(display.paths.values()))) == arguments["steps"] + 1
        ),
    ),
    Case(
        "figures.plot_descent_loss", given(ax=AXES, **DESCENT), {"ax": NO_AXES, **NO_DESCENT}, drawn
    ),
    Case(
        "figures.plot_optimizer_comparison",
        given(fig=FIGURES, **DESCENT),
        {"fig": NO_FIGURES, **NO_DESCENT},
        drawn,
    ),
    Case(
        "figures.animate_descent",
        given(frames=st.integers(2, 4), fps=one_of(1, 0.5, 30), **DESCENT),
        {"frames": one_of(None, 1, 0, 2.5), "fps": NO_NUMBERS | one_of(0, -1), **NO_DESCENT},
        lambda animation, arguments: animation.new_saved_frame_seq() is not None,
    ),
    Case(
        "figures.animate_training",
        given(
            model=st.builds(lambda: GrowingClassifier([0.5] * 5)),
            X=one_of(PLANE, PLANE.tolist()),
            y=one_of([0, 1, 1], np.array([1, 0, 0])),
            epochs=st.integers(1, 5),
            batch_size=st.integers(1, 3),
            validation_data=one_of(None, (PLANE, [0, 1, 1])),
            class_names=one_of(None, ["a", "b"]),
            frames=st.integers(2, 4),
            fps=one_of(1, 0.5, 30),
            progress=st.just(False),
            title=TITLES,
        ),
        {
            "model": one_of(None, 3, "model", NETWORK),
            "X": one_of(None, 3, PLANE[0], PLANE[:, :1], PLANE * NAN),
            "y": one_of(None, 3, [0, 1]),
            "epochs": NO_COUNTS,
            "batch_size": NO_COUNTS,
            "class_names": one_of(3, [], ["a"], "ab"),
            "frames": one_of(None, 1, 0, 2.5),
            "fps": NO_NUMBERS | one_of(0, -1),
            "progress": NO_FLAGS,
        },
        lambda animation, arguments: animation.new_saved_frame_seq() is not None,
    ),
    Case(
        "figures.plot_surface",
        given(
            surface=WHERE["surface"],
            optimizers=st.none() | OPTIMIZERS,
            steps=st.integers(1, 9),
            title=TITLES,
        ),
        {
            "surface": ANY,
            "ax": NO_AXES | AXES.filter(bool),
            "optimizers": NO_OPTIMIZERS.filter(lambda one: one is not None),
            "steps": NO_COUNTS,
        },
        drawn,
    ),
    Case(
        "figures.plot_nesterov",
        given(
            ax=AXES,
            method=one_of("Momentum", "Nesterov momentum"),
            surface=one_of("beale", "saddle", "noisy_bowl"),
            step=st.integers(1, 9),
            start=one_of(None, (0.5, 0.5), [0, 0]),
            title=TITLES,
        ),
        {
            "ax": NO_AXES,
            "method": ANY,
            "surface": ANY,
            "step": NO_COUNTS,
            "start": NO_PLACE["start"],
        },
        drawn,
    ),
    Case(
        "figures.plot_gradient_noise",
        given(
            optimizers=OPTIMIZERS,
            steps=st.integers(1, 9),
            fig=FIGURES,
            surface=WHERE["surface"],
            n_runs=st.integers(1, 3),
            title=TITLES,
            noise=WHERE["noise"],
            seed=WHERE["seed"],
        ),
        {
            "optimizers": NO_OPTIMIZERS,
            "steps": NO_COUNTS,
            "fig": NO_FIGURES,
            "surface": ANY,
            "n_runs": NO_COUNTS,
            "noise": NO_PLACE["noise"],
            "seed": NO_PLACE["seed"],
        },
        drawn,
    ),
    Case(
        "figures.plot_convergence_map",
        given(
            surface=WHERE["surface"],
            optimizer=ONE,
            ax=AXES,
            y=one_of(None, 0, -1.5),
            learning_rates=one_of((0.01, 1), [1e-9, 1e9]),
            steps=st.integers(1, 9),
            resolution=st.integers(2, 5),
            title=TITLES,
        ),
        {
            "surface": ANY,
            "optimizer": NO_ONE,
            "ax": NO_AXES,
            "y": one_of(NAN, "a", [1], np.inf),
            "learning_rates": one_of(None, 3, (1,), (1, 1), (0, 1), (-1, 1), "ab", (NAN, 1)),
            "steps": NO_COUNTS,
            "resolution": NO_COUNTS,
        },
        drawn,
    ),
    Case(
        "figures.plot_basins",
        given(
            surface=WHERE["surface"],
            optimizer=ONE,
            ax=AXES,
            steps=st.integers(1, 9),
            resolution=st.integers(2, 5),
            title=TITLES,
        ),
        {
            "surface": ANY,
            "optimizer": NO_ONE,
            "ax": NO_AXES,
            "steps": NO_COUNTS,
            "resolution": NO_COUNTS,
        },
        drawn,
    ),
    Case(
        "figures.plot_loss_landscape",
        given(landscape=LANDSCAPES, title=TITLES, fig=FIGURES),
        {"landscape": one_of(None, 3, "ab"), "fig": NO_FIGURES},
        drawn,
    ),
    Case(
        "figures.plot_schedules",
        given(
            title=TITLES,
            schedules=one_of(
                constant(1e-9), [one_cycle(0.1, 9)] * 4, {"a\nb": constant(1)}, (np.sqrt,)
            ),
            steps=st.integers(1, 9),
            fig=FIGURES,
        ),
        {
            "schedules": one_of(None, [], {}, 3, [3], {"a": 3}, "ab"),
            "steps": NO_COUNTS,
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_learning_rate_finder",
        given(
            title=TITLES,
            result=one_of((FALLING,), (FLAT,), (LOST, FALLING)).map(LearningRateFinderResult),
            fig=FIGURES,
        ),
        {
            "result": one_of(None, 3, "ab", FALLING, LearningRateFinderResult(())),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_batch_losses",
        given(
            batch_losses=one_of([1, 2], np.linspace(-1, 1, 4), np.full(4, 1e300), np.ones(4002)),
            epoch_losses=one_of([1], (0.5, 1e-300)),
            title=TITLES,
            ax=AXES,
            log_scale=FLAGS,
        ),
        {
            "batch_losses": one_of(None, [], "ab", [NAN] * 2, 3, [1] * 7 + [np.inf], [[1, 2]]),
            "epoch_losses": one_of(None, [], "ab", [NAN], [1] * 5, 3),
            "ax": NO_AXES,
            "log_scale": NO_FLAGS,
        },
        drawn,
    ),
    Case(
        "figures.plot_history",
        given(history=histories(), **FIT, title=TITLES, fig=FIGURES)
        | given(history=histories(), panels=PANELS, title=TITLES, fig=FIGURES),
        {
            "history": one_of(None, 3, [], "ab", {"loss": 3}, [3]),
            **NO_FIT,
            "panels": NO_PANELS,
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.HistoryDisplay",
        given(fig=FIGURES, compare=st.none() | histories(), **FIT),
        {"fig": NO_FIGURES, "compare": one_of(3, "ab", {"loss": 3}, [3]), **NO_FIT},
        lambda display, _arguments: display.update({"loss": [1.0]}) is display.figure,
    ),
    Case(
        "figures.plot_optimization_history",
        given(
            trials=searches()
            | st.dictionaries(one_of("", "a"), searches(), min_size=1, max_size=1),
            ax=AXES,
            title=TITLES,
        ),
        {
            "trials": one_of(None, 3, "ab", {}, Trials("score", 1, 0), {"a": 3}, RUNNING),
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.plot_parallel_coordinates",
        given(trials=searches(), ax=AXES, title=TITLES),
        {"trials": NO_SEARCHES, "ax": NO_AXES},
        drawn,
    ),
    Case(
        "figures.plot_slice",
        given(trials=searches(), fig=FIGURES, title=TITLES),
        {"trials": NO_SEARCHES, "fig": NO_FIGURES},
        drawn,
    ),
    Case(
        "figures.plot_ablation",
        given(
            ablations=ablations() | st.dictionaries(one_of("a", ""), ablations(), min_size=1),
            metrics=one_of(None, "test_loss", ["test_accuracy", "test_loss"]),
            fig=FIGURES,
            title=TITLES,
        ),
        {
            "ablations": one_of(None, 3, {}, "ab", {"a": 3}, Ablation({}, 1, ["loss"])),
            "metrics": one_of("unknown", 3, ["loss", 3], object()),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
]
