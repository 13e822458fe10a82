"""Property tests of functions of arrays: activations, schedules, networks, tables."""

import csv
import html
import itertools
import math
import tempfile
import unicodedata
from pathlib import Path

import mistune
import numpy as np
from bs4 import BeautifulSoup
from hypothesis import strategies as st

from mlcourse._core.tables import from_csv, terminal_text
from mlcourse.activations import ACTIVATIONS
from mlcourse.callbacks.learning_rate_finder import LearningRateSweep
from mlcourse.history import History
from mlcourse.initializers import INITIALIZERS, Initializer
from mlcourse.initializers import find as find_initializer
from mlcourse.optimizers.surfaces import SURFACES
from mlcourse.tuning.ablation import Fit
from mlcourse.tuning.trials import Trial
from tests.fuzz.cases import ANY, Case, given
from tests.fuzz.strategies import (
    INF,
    NAN,
    NO_ARRAY,
    NO_COUNT,
    NO_NAME,
    NO_NUMBER,
    NO_SEED,
    NO_SHARE,
    NO_TEXT,
    NOT_POSITIVE,
    NUMBERS,
    SEEDS,
    TEXT,
    floats,
)

TEMPORARY = tempfile.TemporaryDirectory(prefix="mlcourse-fuzz-")  # until the process ends
FOLDER = Path(TEMPORARY.name)
FUNCTION = st.sampled_from(list(ACTIVATIONS))
INITIALIZER = st.sampled_from([*INITIALIZERS, Initializer(lambda fan_in, fan_out: 0.5, "0.5")])
ELSEWHERE = {
    "_core.tables.Table": "a base class; tested with its subclasses",
    "_core.tables.bar": "a bar of tqdm; long operations show it in their own tests",
    "activations.Activation": "a record; `find` returns it",
    "activations.Softmax": "a record; `find` returns it",
    "networks.Factor": "a record; `chain_rule` returns it",
    "tuning.Fit": "a record; a part of `Ablation`",
    "networks.Explanation": "a record; `explain` returns it",
    "initializers.Signal": "a record; `signal_propagation` returns it",
    "networks.Layer": "a record; a part of a `Network`",
    "networks.Network": "a record; `from_model` returns it",
    "networks.Preprocessing": "a record; a part of a `Network`",
    "networks.ForwardPass": "a record; `Network.run` returns it",
    "networks.Scaling": "a record; a part of a `Network`",
    "optimizers.schedules.Schedule": "a record; the functions of its module return it",
    "tuning.Trial": "a record; a part of `Trials`",
}


MARKDOWN = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])
HOSTILE = st.text("ab <>&;*_`[]()!|\\$#~@=+-:/.w\x1b\n\u202e\u2028'\"", max_size=12)


def rendered(markdown):
    """Return the words that a browser shows of Markdown in a line of text, without that line."""
    words = BeautifulSoup(MARKDOWN(f"line {markdown}"), "html.parser").get_text().split()
    return words[1:]


@st.composite
def matrices(draw):
    """Generate weight matrices of a network, with or without biases, as arrays or lists."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    arrays = []
    for inputs, units in itertools.pairwise(sizes):
        arrays.append(draw(floats((inputs, units))))
        if draw(st.booleans()):
            arrays.append(np.ones(units))
    return draw(st.sampled_from([arrays, tuple(arrays), [array.tolist() for array in arrays]]))


@st.composite
def examples(draw):
    """Generate a network with a fitting input and target, as arguments."""
    network = draw(matrices())
    shapes = [np.shape(array) for array in network if np.ndim(array) == 2]
    n_inputs, n_outputs = shapes[0][0], shapes[-1][1]
    return {"network": network, "x": draw(floats(n_inputs)), "y": draw(floats(n_outputs)).tolist()}


@st.composite
def weights(draw):
    """Generate a network with an input, a target and the position of a weight."""
    arguments = draw(examples())
    shapes = [np.shape(array) for array in arguments["network"] if np.ndim(array) == 2]
    layer = draw(st.integers(1, len(shapes)))
    units = (draw(st.integers(1, size)) for size in shapes[layer - 1])
    return arguments | {"weight": (layer, *units)}


@st.composite
def tables(draw):
    """Generate the head and the rows of a table."""
    head = draw(st.lists(TEXT, min_size=1, max_size=3))
    row = st.lists(TEXT, min_size=len(head), max_size=len(head))
    return {"head": head, "rows": draw(st.lists(row, max_size=3))}


NO_NETWORK = ANY | st.sampled_from(
    [[], 3, [np.ones(2)], [np.ones((2, 3)), np.ones((2, 1))], [np.full((1, 1), NAN)], [["a"]]]
)
NO_EXAMPLE = NO_ARRAY | st.sampled_from([[], np.ones(9), [NAN], [INF]])
NO_TABLE = {
    "head": st.sampled_from([[], None, 3, "ab"]),
    "rows": st.sampled_from([[["a"] * 9], None, 3, [None], ["ab"], [[]], {"a": "b"}]),
}
HISTORY = st.dictionaries(
    st.sampled_from(["loss", "val_loss", "accuracy", "top", "f1_score"]),
    st.lists(st.floats() | st.none() | st.just("low"), min_size=3, max_size=3),
)
NO_HISTORY = st.sampled_from([None, "loss", 3, {"loss": 1.0}, {"loss": "low"}, [1.0], {3: [1.0]}])
NAME = st.sampled_from(["loss", "val_loss", "val_", "", "a_loss", "accuracy", "mae"])
FITS = st.builds(
    Fit,
    variant=st.sampled_from(["baseline", "wide"]),
    repeat=st.integers(0, 1),
    values=given(loss=st.floats()),
    seconds=st.floats(0, 1e6),
)
TRIALS = st.builds(
    Trial,
    number=st.integers(0, 9),
    values=st.dictionaries(TEXT, st.integers() | st.floats() | TEXT, max_size=2),
    status=st.sampled_from(["running", "completed", "failed"]),
    score=st.floats(),
    epochs=st.integers(0, 100),
    seconds=st.floats(0, 1e6) | st.just(NAN),
    note=TEXT,
)


@st.composite
def sweeps(draw):
    """Generate a learning-rate sweep, with losses that may diverge."""
    losses = draw(floats(st.integers(1, 60), -INF, INF) | st.just(np.linspace(2, 1, 50)))
    return LearningRateSweep(np.geomspace(1e-5, 1, len(losses)), losses, {})


def _flat(x, y):
    return np.zeros_like(x)


def _both(x, y):
    return x, y


FUNCTIONS = st.sampled_from([None, 3, "x", lambda x, y: 0, lambda x, y: x[:1]])
SURFACE = given(
    name=TEXT,
    height=st.sampled_from([np.hypot, np.add, _flat]),
    slope=st.just(_both),
    minima=st.sampled_from([((0, 0),), [[1.0, 2.0], [3, 4]], np.zeros((1, 2))]),
    frame=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    start=st.tuples(NUMBERS, NUMBERS),
    formula=TEXT,
    noise=st.floats(0, 10) | st.integers(0, 3),
)
RATE = st.floats(1e-300, 1e100) | st.integers(1, 10)
SHARE = st.floats(1e-300, 1) | st.just(1)
STEPS = np.array([0, 1, 2, 10, 999, 1e6])


def falls(schedule, arguments):
    """Return whether the learning rates of a schedule are finite, and from 0 to its maximum."""
    rates, highest = schedule(STEPS), ("learning_rate", "max_lr", "max_momentum")
    high = next(arguments[name] for name in highest if name in arguments)
    return np.isfinite(rates).all() and rates.min() >= 0 and rates.max() <= high * (1 + 1e-9)


def reads(table, arguments):
    """Return whether a table of results has all its rows as text, and is an HTML table."""
    return all(row[0] in repr(table) and len(row) == len(table.head) for row in table.rows) and (
        table._repr_html_().startswith("<table>")
    )


CASES = [
    Case(
        "activations.activation",
        given(X=floats((2, 3), -1e300, 1e300) | floats((0, 3)) | floats((1,)), function=FUNCTION),
        wrong={"X": NO_ARRAY, "function": NO_NAME},
        check=lambda y, given: (
            y.shape == given["X"].shape
            and np.isfinite(y).all()
            and (given["function"] != "softmax" or np.allclose(y.sum(axis=-1), 1))
        ),
    ),
    Case(
        "activations.activation_derivative",
        given(X=floats((2, 3), -1e300, 1e300) | floats((0, 3)) | floats((1,)), function=FUNCTION),
        wrong={"X": NO_ARRAY, "function": NO_NAME},
        check=lambda y, given: y.shape == given["X"].shape and np.isfinite(y).all(),
    ),
    Case("activations.find", given(function=FUNCTION), wrong={"function": NO_NAME}),
    Case(
        "activations.leaky_relu",
        given(slope=st.floats(0, 1) | st.just(0)),
        wrong={"slope": NO_NUMBER | st.sampled_from([-0.1, 2.0])},
        check=lambda leaky, given: leaky.function(np.array([-2.0])) == [-2.0 * given["slope"]],
    ),
    Case(
        "networks.from_model",
        matrices().map(lambda found: {"source": found}),
        wrong={"source": NO_NETWORK},
        check=lambda network, given: (
            len(network.run(np.ones(network.sizes[0])).a) == len(network.sizes)
        ),
    ),
    Case(
        "networks.chain_rule",
        weights(),
        wrong={
            "network": NO_NETWORK,
            "x": NO_EXAMPLE,
            "y": NO_EXAMPLE,
            "weight": st.sampled_from([None, 3, (0, 1, 1), (1, 1), (1, 1, 99), ("a", 1, 1)]),
        },
        check=lambda found, given: np.isclose(
            found[1],
            np.sum(math.prod(factor.values for factor in found[0])),
            rtol=1e-5,
            atol=1e-9,
        ),
    ),
    Case(
        "tuning.Ablation",
        given(
            variants=st.just({"baseline": {}, "wide": {"units": 9}}),
            repeats=st.integers(1, 2),
            metrics=st.sampled_from([[], ["loss"]]),
            fits=st.lists(FITS, max_size=4),
        ),
        check=reads,
    ),
    Case(
        "networks.explain",
        examples().flatmap(lambda found: st.integers(1, 9).map(lambda n: found | {"max_units": n})),
        wrong={"network": NO_NETWORK, "x": NO_EXAMPLE, "y": NO_EXAMPLE, "max_units": NO_COUNT},
        check=lambda explanation, given: (
            repr(explanation).count("Layer ") == 2 * len(explanation.run.z)
        ),
    ),
    Case("history.History", given(), check=lambda log, given: log.last == 0 and not log.best()),
    Case(
        "history.as_history",
        given(source=HISTORY | st.builds(History)),
        wrong={"source": NO_HISTORY},
        check=lambda log, given: (
            len(list(log.rows())) == log.last and log.best_summary() is not None
        ),
    ),
    Case(
        "history.as_histories",
        given(sources=HISTORY | st.lists(HISTORY, max_size=3) | st.dictionaries(TEXT, HISTORY)),
        wrong={"sources": NO_HISTORY},
        check=lambda logs, given: all(isinstance(log, History) for log in logs.values()),
    ),
    Case(
        "history.numbers",
        given(values=st.lists(st.floats() | st.none() | TEXT) | floats(3, -INF, INF)),
        wrong={"values": st.sampled_from([None, 3, "ab", object()])},
        check=lambda found, given: (
            found.shape == (len(given["values"]),) and not np.isinf(found).any()
        ),
    ),
    Case(
        "history.monitor_candidates",
        given(names=st.lists(NAME), metrics=st.none() | st.lists(NAME)),
        wrong={"metrics": st.sampled_from(["loss", 3, object()])},
        check=lambda found, given: set(found) <= set(given["names"]),
    ),
    Case(
        "history.monitor_direction",
        given(monitor=st.sampled_from(["my_score", "loss"]), mode=st.sampled_from(["min", "max"])),
        wrong={"monitor": NO_TEXT, "mode": st.sampled_from(["", "mix", 3])},
        check=lambda sign, given: sign == {"min": -1, "max": 1}[given["mode"]],
    ),
    Case("history.base", given(name=NAME), wrong={"name": NO_TEXT}),
    Case("history.direction", given(name=NAME), wrong={"name": NO_TEXT}),
    Case("history.is_loss", given(name=NAME), wrong={"name": NO_TEXT}),
    Case("history.is_validation", given(name=NAME), wrong={"name": NO_TEXT}),
    Case(
        "history.is_selected",
        given(name=NAME, metrics=st.none() | st.lists(NAME)),
        wrong={"name": NO_TEXT, "metrics": st.sampled_from(["loss", 3, object()])},
    ),
    Case("history.is_number", given(value=ANY | st.floats()), check=lambda found, given: True),
    Case(
        "initializers.Initializer",
        given(
            std=st.just(lambda fan_in, fan_out: 1 / (fan_in + fan_out)),
            formula=TEXT,
            uniform=st.booleans(),
        ),
        check=lambda rule, given: find_initializer(rule) is rule,
    ),
    Case(
        "initializers.find",
        given(initializer=INITIALIZER),
        wrong={"initializer": NO_NAME},
        check=lambda rule, given: rule.std(1, 1) >= 0,
    ),
    Case(
        "initializers.initial_weights",
        given(
            fan_in=st.integers(1, 9),
            fan_out=st.integers(1, 9),
            initializer=INITIALIZER,
            seed=SEEDS | st.just(np.random.default_rng(0)),
        ),
        wrong={"fan_in": NO_COUNT, "fan_out": NO_COUNT, "initializer": NO_NAME, "seed": NO_SEED},
        check=lambda found, given: found.shape == (given["fan_in"], given["fan_out"]),
    ),
    Case(
        "initializers.propagate",
        given(
            weights=floats((2, 3, 3), -1e3, 1e3) | floats((1, 3, 3), -1e3, 1e3),
            inputs=floats((2, 3), -1e3, 1e3),
            gradients=floats((2, 3), -1e3, 1e3),
            activation=FUNCTION,
        ),
        wrong={
            "weights": NO_ARRAY | floats((3, 3)) | floats((1, 3, 2)) | floats((0, 3, 3)),
            "inputs": NO_ARRAY | floats((2, 2)) | floats((3,)) | floats((1, 3)),
            "gradients": NO_ARRAY | floats((2, 2)) | floats((3,)) | floats((1, 3)),
            "activation": NO_NAME,
        },
        check=lambda signal, given: (
            signal.activations.shape == signal.gradients.shape
            and np.array_equal(signal.gradients[-1], given["gradients"])
        ),
    ),
    Case(
        "initializers.signal_propagation",
        given(
            depth=st.integers(1, 4),
            width=st.integers(1, 5),
            activation=FUNCTION,
            initializer=INITIALIZER,
            n_examples=st.integers(1, 5),
            seed=SEEDS,
        ),
        wrong={
            "depth": NO_COUNT,
            "width": NO_COUNT,
            "activation": NO_NAME,
            "initializer": NO_NAME,
            "n_examples": NO_COUNT,
            "seed": NO_SEED,
        },
        check=lambda signal, given: (
            signal.histogram("gradients", bins=3)[0].sum() == signal.activations.size
            and signal.mean().shape == signal.std().shape == (given["depth"],)
        ),
    ),
    Case(
        "callbacks.LearningRateSweep",
        sweeps().map(vars),
        check=lambda sweep, given: (
            sweep.smooth(sweep.losses).shape == sweep.losses.shape
            and (sweep.steepest() is None or 1e-5 <= sweep.steepest() <= 1)
            and (sweep.tenth_of_minimum() is None or sweep.tenth_of_minimum() <= 0.1)
        ),
    ),
    Case(
        "callbacks.LearningRateFinderResult",
        given(sweeps=st.lists(sweeps(), min_size=1, max_size=3).map(tuple)),
        check=lambda finding, given: str(finding).startswith("learning rate by "),
    ),
    Case(
        "optimizers.schedules.constant",
        given(learning_rate=RATE),
        wrong={"learning_rate": NOT_POSITIVE},
        check=falls,
    ),
    Case(
        "optimizers.schedules.exponential_decay",
        given(learning_rate=RATE, decay_steps=st.integers(1, 10**9), decay_rate=SHARE),
        wrong={
            "learning_rate": NOT_POSITIVE,
            "decay_steps": NO_COUNT,
            "decay_rate": NOT_POSITIVE | NO_SHARE,
        },
        check=falls,
    ),
    Case(
        "optimizers.schedules.inverse_time_decay",
        given(learning_rate=RATE, decay_steps=st.integers(1, 10**9), decay_rate=RATE),
        wrong={
            "learning_rate": NOT_POSITIVE,
            "decay_steps": NO_COUNT,
            "decay_rate": NOT_POSITIVE,
        },
        check=falls,
    ),
    Case(
        "optimizers.schedules.cosine_restarts",
        given(
            learning_rate=RATE,
            first_decay_steps=st.integers(1, 10**9),
            t_mul=st.floats(1, 1e300) | st.just(1) | st.floats(1, 1.001),
            m_mul=SHARE,
            alpha=st.floats(0, 0.99),
        ),
        wrong={
            "learning_rate": NOT_POSITIVE,
            "first_decay_steps": NO_COUNT,
            "t_mul": NO_NUMBER | st.sampled_from([0, 0.9]),
            "m_mul": NOT_POSITIVE | NO_SHARE,
            "alpha": NO_SHARE | st.just(1),
        },
        check=falls,
    ),
    Case(
        "optimizers.schedules.cyclical",
        given(
            base_lr=st.just(0) | st.floats(0, 0.9),
            max_lr=st.floats(0.95, 1e100) | st.integers(1, 10),
            step_size=st.integers(1, 10**9),
            mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
            gamma=SHARE,
            scale_fn=st.sampled_from([None, lambda cycle: 1 / cycle]),
        ),
        wrong={
            "base_lr": NO_NUMBER | st.sampled_from([-0.1, 1e101]),
            "max_lr": NOT_POSITIVE,
            "step_size": NO_COUNT,
            "mode": NO_NAME,
            "gamma": NOT_POSITIVE | NO_SHARE,
            "scale_fn": st.sampled_from([3, "x", [1.0]]),
        },
        check=falls,
    ),
    Case(
        "optimizers.schedules.one_cycle",
        given(
            max_lr=RATE,
            total_steps=st.integers(2, 10**9),
            pct_start=st.floats(0, 1, exclude_max=True),
            div_factor=st.floats(1, 1e300) | st.just(1),
            final_div_factor=st.floats(1, 1e300),
        ),
        wrong={
            "max_lr": NOT_POSITIVE,
            "total_steps": NO_COUNT | st.just(1),
            "pct_start": NO_SHARE | st.just(1),
            "div_factor": NO_NUMBER | st.just(0.5),
            "final_div_factor": NO_NUMBER | st.just(0.5),
        },
        check=falls,
    ),
    Case(
        "optimizers.schedules.one_cycle_momentum",
        given(
            total_steps=st.integers(2, 10**9),
            pct_start=st.floats(0, 1, exclude_max=True),
            base_momentum=st.floats(1e-300, 0.5),
            max_momentum=st.floats(0.5, 1, exclude_max=True),
        ),
        wrong={
            "total_steps": NO_COUNT | st.just(1),
            "pct_start": NO_SHARE | st.just(1),
            "base_momentum": NOT_POSITIVE | st.just(1.0),
            "max_momentum": NO_SHARE | st.sampled_from([0, 1]),
        },
        check=falls,
    ),
    Case(
        "optimizers.surfaces.Surface",
        SURFACE,
        wrong={
            "height": FUNCTIONS,
            "slope": FUNCTIONS,
            "minima": NO_ARRAY | st.sampled_from([[], [1.0, 2.0], [[NAN, 1.0]]]),
            "frame": NO_ARRAY | st.sampled_from([[], [1.0, 2.0], [1, 2, 3, INF]]),
            "start": NO_ARRAY | st.sampled_from([[], 1.0, [1, 2, 3], [NAN, 1.0]]),
            "noise": NO_NUMBER | st.just(-1),
        },
        check=lambda surface, given: (
            surface.f([1, 2, 3], 1.0).shape == (3,) and surface.gradient(1, 2).shape == (2,)
        ),
    ),
    Case(
        "optimizers.surfaces.find",
        given(surface=st.sampled_from([*SURFACES, SURFACES["beale"]])),
        wrong={"surface": NO_NAME},
        check=lambda surface, given: np.allclose(surface.gradient(*surface.minima[0]), 0),
    ),
    Case(
        "_core.tables.as_html",
        tables().map(lambda found: {"caption": "a < b", **found}),
        wrong={"caption": NO_TEXT, **NO_TABLE},
        check=lambda text, given: text.count("<tr>") == 1 + len(given["rows"]),
    ),
    Case(
        "_core.tables.as_lines",
        tables(),
        wrong=NO_TABLE,
        check=lambda lines, given: len(lines) == 1 + len(given["rows"]),
    ),
    Case(
        "_core.tables.terminal_text",
        given(text=HOSTILE, keep=st.sampled_from(["", "\n"])),
        check=lambda text, given: (
            not [
                char
                for char in text
                if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
                and char not in given["keep"]
            ]
        ),
    ),
    Case(
        "_core.tables.html_text",
        given(text=HOSTILE),
        check=lambda text, given: (
            "<" not in text and html.unescape(text) == terminal_text(given["text"], keep="\n\t")
        ),
    ),
    Case(
        "_core.tables.markdown_text",
        given(text=HOSTILE),
        check=lambda text, given: rendered(text) == terminal_text(given["text"]).split(),
    ),
    Case(
        "_core.tables.csv_cell",
        given(value=HOSTILE),
        check=lambda cell, given: given["value"][:1] == "'" or from_csv(cell) == given["value"],
    ),
    Case(
        "_core.tables.from_csv",
        given(cell=st.text(max_size=5)),
        check=lambda text, given: text in (given["cell"], given["cell"][1:]),
    ),
    Case(
        "_core.tables.as_markdown",
        tables(),
        wrong=NO_TABLE,
        check=lambda text, given: text.count("\n") == 1 + len(given["rows"]),
    ),
    Case(
        "_core.tables.write_csv",
        tables().map(lambda found: {"path": FOLDER / "table.csv", **found}),
        wrong={"path": st.sampled_from([None, 3, object()]), "rows": NO_TABLE["rows"]},
        check=lambda path, given: next(csv.reader(path.open(newline=""))) == given["head"],
    ),
    Case(
        "tuning.Trials",
        given(
            objective=st.just("val_accuracy"),
            direction=st.sampled_from([1, -1]),
            max_trials=st.integers(0, 5),
            trials=st.lists(TRIALS, max_size=5),
            exhausted=st.booleans(),
        ),
        check=lambda trials, given: (
            reads(trials, given)
            and len(trials.best_so_far()) == len(trials.trials)
            and trials.ended == len(trials.completed) + len(trials.failed)
        ),
    ),
    Case(
        "_core.tables.number_text",
        given(
            value=st.floats(-1e308, 1e308)
            | st.sampled_from([NAN, INF])
            | st.integers(-(2**53), 2**53)
        ),
        wrong={"value": st.sampled_from(["1", None, [1.0], object(), 1j])},
        check=lambda text, given: text == "nan" or np.isclose(float(text), given["value"], 1e-2),
    ),
]
