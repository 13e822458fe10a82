"""The race of optimizers: its paths in JavaScript beside Python's, its settings, its HTML."""

import warnings

import numpy as np
import pytest

from mlcourse import optimizers
from mlcourse.interactive import Descent, compare_optimizers
from mlcourse.optimizers import surfaces
from tests.interactive.node import evaluate, needs_node

STEPS = 100
RATES = (1.0, 3.7)  # of the learning rate of the course
PATHS = """
import { Session } from "MODULES/descent/session.js";
const { noise, races } = DATA;
const result = races.map((settings) => {
  const [{ path, divergedAt }] = new Session(settings, noise).descents;
  return { path: Buffer.from(path.buffer).toString("hex"), divergedAt };
});
"""
TABLES = """
import { SURFACES } from "MODULES/descent/surfaces.js";
import { COURSE } from "MODULES/descent/path.js";
import { MAX_OPTIMIZERS, MAX_STEPS, normalize } from "MODULES/descent/session.js";
import { RULES } from "MODULES/rules.js";
const points = DATA;
const settings = ([name, { learning_rate, ...rest }]) =>
  [name, { learning_rate, ...RULES[name].defaults, ...rest }];
const result = {
  surfaces: Object.fromEntries(Object.entries(SURFACES).map(([name, surface]) => [name, {
    frame: surface.frame, start: surface.start, minima: surface.minima,
    heights: points.map(([x, y]) => surface.height(x, y)),
  }])),
  course: Object.fromEntries(Object.entries(COURSE).map(settings)),
  limits: [MAX_OPTIMIZERS, MAX_STEPS],
  normalized: normalize({ surface: "mars", steps: 1e9, start: ["a", null], optimizers: [
    { name: "adam", learning_rate: -1 }, { name: "constructor" }, { name: "sgd", momentum: 0.5 },
  ] }),
};
"""


def races():
    """Return settings of races of one optimizer: all rules, on all surfaces, at several rates."""
    rng = np.random.default_rng(4)
    for name, surface in surfaces.SURFACES.items():
        left, right, bottom, top = surface.frame
        for rule in optimizers.RULES:
            for factor in RATES:
                start = surface.start
                if factor != 1:
                    start = rng.uniform((left, bottom), (right, top)).round(2).tolist()
                rate = factor * optimizers.find(rule).learning_rate
                optimizer = {"name": rule, "learning_rate": rate}
                if "momentum" in optimizers.RULES[rule].defaults:
                    optimizer["momentum"] = round(rng.uniform(0, 0.99), 2)
                yield Descent(optimizers=[optimizer], surface=name, start=start).settings


@needs_node
def test_all_paths_are_those_of_python_to_the_last_bit():
    settings = list(races())
    noise = np.frombuffer(compare_optimizers().noise).tolist()
    results = evaluate(PATHS, {"races": settings, "noise": noise})
    diverged = 0
    for race, result in zip(settings, results, strict=True):
        optimizer = race["optimizers"][0]
        rule = optimizers.RULES[optimizer["name"]]
        rest = {key: value for key, value in optimizer.items() if key != "name"}
        made = rule(**{**optimizers.find(optimizer["name"]).settings, **rest})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # diverged
            expected = optimizers.descend(made, race["surface"], race["start"], STEPS)
        path = np.frombuffer(bytes.fromhex(result["path"]), "<f4").reshape(-1, 2)
        np.testing.assert_array_equal(path, expected, err_msg=str(race))
        first = optimizers.descent.first_nonfinite(expected)
        assert result["divergedAt"] == first
        diverged += first is not None
    assert len(results) == len(surfaces.SURFACES) * len(optimizers.RULES) * len(RATES)
    assert 5 < diverged < len(results) / 2


@needs_node
def test_the_tables_in_javascript_are_those_of_python():
    points = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    tables = evaluate(TABLES, points.tolist())
    assert list(tables["surfaces"]) == list(surfaces.SURFACES)
    for name, table in tables["surfaces"].items():
        surface = surfaces.find(name)
        assert tuple(table["frame"]) == surface.frame
        assert tuple(table["start"]) == surface.start
        assert tuple(map(tuple, table["minima"])) == surface.minima
        np.testing.assert_allclose(table["heights"], surface.f(*points.T), rtol=1e-12)
    for name in optimizers.RULES:
        default = optimizers.find(name)
        expected = {"learning_rate": default.learning_rate, **default.settings}
        assert tables["course"][name] == expected
    most, steps = tables["limits"]
    with pytest.raises(ValueError, match=f"list of 1 to {most} "):
        Descent(optimizers=["sgd"] * (most + 1))
    with pytest.raises(ValueError, match=f"from 1 to {steps}"):
        Descent(steps=steps + 1)
    assert tables["normalized"] == {
        "surface": "beale",
        "start": [0.8, 1.6],
        "steps": steps,
        "optimizers": [
            {"name": "adam", "learning_rate": 0.2},
            {"name": "momentum", "learning_rate": 0.005, "momentum": 0.9},
            {"name": "sgd", "learning_rate": 0.01},
        ],
    }


def test_the_first_race_has_the_optimizers_of_the_course():
    assert compare_optimizers().settings == {
        "optimizers": [
            {"name": "momentum", "learning_rate": 0.005, "momentum": 0.9},
            {"name": "adam", "learning_rate": 0.2},
        ],
        "surface": "beale",
        "start": [0.8, 1.6],
        "steps": 100,
    }
    assert compare_optimizers("sgd", "lion", "ravine").settings["start"] == [-8, 1.5]


def test_paths_are_those_of_the_settings():
    race = compare_optimizers("adam", "sgd")
    race.set(start=[1.0, -1.0], steps=30)
    adam, sgd = race.paths
    np.testing.assert_array_equal(adam, optimizers.descend("adam", "beale", (1, -1), 30))
    np.testing.assert_array_equal(sgd, optimizers.descend("sgd", "beale", (1, -1), 30))


def test_another_surface_comes_with_its_start_and_another_rule_with_its_rate():
    race = compare_optimizers()
    race.set(start=[0.0, 0.0])
    race.set(steps=20)
    assert race.settings["start"] == [0, 0]
    race.set(surface="saddle")
    assert race.settings["start"] == [-1.7, 0.001]
    race.set(surface="ravine", start=(-9, 1))
    assert race.settings["start"] == [-9, 1]
    restarts = race.restarts
    race.set(optimizers=["adamax", {"name": "sgd", "learning_rate": 0.3}, "sgd"])
    rates = [item["learning_rate"] for item in race.settings["optimizers"]]
    assert rates == [0.5, 0.3, 0.01]
    assert race.restarts == restarts + 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizers": ["adm"]}, r"optimizer must be one of sgd, .* Got 'adm' instead"),
        ({"optimizers": []}, r"optimizers must be a list of 1 to 6 names or dicts. Got \[\]"),
        ({"optimizers": "adam"}, "optimizers must be a list of 1 to 6 names or dicts. Got 'adam'"),
        ({"optimizers": [{"name": "sgd", "rate": 1}]}, "a setting of an optimizer must be one of"),
        ({"optimizers": [{"name": "sgd", "momentum": 1}]}, "a setting of sgd must be one of"),
        ({"optimizers": [{"name": "sgd", "learning_rate": 0}]}, "learning_rate must be"),
        ({"surface": "bale"}, r"surface must be one of beale, .* Got 'bale' instead"),
        ({"start": [1]}, r"start must be two finite numbers, x and y. Got \[1\] instead"),
        ({"steps": 0}, "steps must be a whole number"),
        ({"speed": 1}, "a setting must be one of optimizers, surface, start, steps"),
    ],
)
def test_settings_that_are_not_allowed_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Descent(**settings)
    race = Descent()
    before = race.settings
    with pytest.raises(ValueError, match=message):
        race.set(**settings)
    assert race.settings == before


def test_a_surface_of_ones_own_is_refused():
    bowl = surfaces.Surface(
        name="beale",
        height=lambda x, y: x**2 + y**2,
        slope=lambda x, y: (2 * x, 2 * y),
        minima=[(0, 0)],
        frame=(-1, 1, -1, 1),
        start=(1, 1),
        formula="x^2 + y^2",
    )
    with pytest.raises(ValueError, match="surface must be a name"):
        Descent(surface=bowl)
