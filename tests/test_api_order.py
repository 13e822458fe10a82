"""The argument names and their order in all public functions, as the table in CONTRIBUTING.md."""

import inspect
from importlib import import_module
from types import ModuleType

import pytest

import mlcourse

FORBIDDEN_NAMES = {
    "answer",
    "answers",
    "chosen",
    "colour",
    "colours",
    "count",
    "experiments",
    "finding",
    "found",
    "iterations",
    "kept",
    "kinds",
    "look",
    "most",
    "picture",
    "pictures",
    "places",
    "runs",
    "share",
    "shares",
    "stand_in",
    "truth",
    "warm_up",
    "words",
}
ORDERED_PAIRS = [
    ("X", "y"),
    ("x", "y"),
    ("y_true", "y_pred"),
    ("optimizer", "surface"),
    ("optimizers", "surface"),
    ("rows", "cols"),
]
COURSE_CALLS = {  # their arguments do not change
    "dashboard",
    "draw_neural_net",
    "plot_activation",
    "plot_confusion_matrix",
    "plot_nesterov",
    "plot_optimizers",
    "plot_samples",
}
UNTITLED = {
    "figures.plot_backpropagation",
    "figures.plot_explanation",
    "figures.plot_signal_propagation",
    "figures.plot_tensor_shapes",
}
"""Figures whose own text is where a title would be."""


def public_functions():
    """Return a dict from qualified names to the functions and classes of the public modules."""
    functions = {}
    for module_name in mlcourse._MODULES:
        module = import_module(f"mlcourse.{module_name}")
        for name in getattr(module, "__all__", [name for name in vars(module) if name[0] != "_"]):
            value = getattr(module, name)
            if isinstance(value, ModuleType) and value.__name__.startswith("mlcourse"):
                for inner_name, inner in vars(value).items():
                    if getattr(inner, "__module__", "") == value.__name__ and inner_name[0] != "_":
                        functions[f"{module_name}.{name}.{inner_name}"] = inner
            elif getattr(value, "__module__", "").startswith("mlcourse"):
                functions[f"{module_name}.{name}"] = value
    return {name: value for name, value in functions.items() if callable(value)}


FUNCTIONS = public_functions()
FIGURES = [
    name
    for name in FUNCTIONS
    if name.startswith("figures.plot_") and name.partition(".")[2] not in COURSE_CALLS
]


def parameters_of(name):
    """Return the parameters of a public function by name, without `*args` and `**kwargs`."""
    try:
        parameters = inspect.signature(FUNCTIONS[name]).parameters
    except ValueError:  # a class of another library, without a signature
        return {}
    return {key: parameter for key, parameter in parameters.items() if parameter.kind not in (2, 4)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_argument_has_a_forbidden_name(name):
    parameters = parameters_of(name)
    if name.rpartition(".")[2] not in COURSE_CALLS:
        assert not FORBIDDEN_NAMES & parameters.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_data_comes_in_the_usual_order(name):
    names = [
        key
        for key, parameter in parameters_of(name).items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    for first, second in ORDERED_PAIRS:
        if first in names and second in names:
            assert names.index(first) < names.index(second)


@pytest.mark.parametrize("name", FIGURES)
def test_axes_and_figure_are_the_last_argument_and_by_keyword(name):
    parameters = parameters_of(name)
    for target in ("ax", "fig"):
        if target in parameters:
            assert parameters[target].kind is inspect.Parameter.KEYWORD_ONLY
            assert parameters[target].default is None
            assert list(parameters)[-1] == target


@pytest.mark.parametrize("name", sorted(set(FIGURES) - UNTITLED))
def test_every_figure_has_a_title(name):
    assert parameters_of(name)["title"].default == ""


@pytest.mark.parametrize("name", FIGURES)
def test_options_of_figures_are_keyword_only(name):
    _, *others = parameters_of(name).values()
    for parameter in others:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            has_default = parameter.default is not inspect.Parameter.empty
            assert parameter.name == "surface" or not has_default


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_and_columns_have_defaults(name):
    parameters = parameters_of(name)
    for key in ("rows", "cols"):
        if key in parameters:
            assert parameters[key].default is not inspect.Parameter.empty
