"""Exercises: a text, start code, a reference solution, properties, and known mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

KINDS = ("by hand", "predict", "write", "fix", "experiment", "explain")


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, and the hint that names the mistake.

    Attributes:
        name: what is wrong, in a few words, for example "transposed".
        hint: a sentence or a question that leads to the solution, but does not state it.
        code: the wrong answer. Alternative: `replace`. Default: the start code.
        replace: parts of the solution, and what this answer has instead.
    """

    name: str
    hint: str
    code: str = ""
    replace: dict[str, str] = field(default_factory=dict)


def call(answer, *case):
    """Return what an answer gives for a case: its value, or the result of the function."""
    return answer(*case) if callable(answer) else answer


@dataclass(frozen=True)
class Exercise:
    """An exercise of a lecture.

    Attributes:
        name: name for `lecture.check`.
        lecture: name of the lecture.
        kind: one of `KINDS`.
        text: the task, in Markdown.
        start: code of the student's cell. It assigns `...` or returns it; in an exercise of the
            kind "fix" it is one of the mistakes.
        solution: code of the reference solution.
        properties: functions of the answer and a case that return None, or what is wrong. The
            first line of the docstring states the property.
        mistakes: at least three known wrong answers.
        variants: code of other right answers, at least one.
        cases: function of a random generator that returns a list of cases, tuples of arguments.
        observe: function of the answer and a case that returns numbers by which mistakes are told
            apart. Default: what the answer gives for the case.
    """

    name: str
    lecture: str
    kind: str
    text: str
    start: str
    solution: str
    properties: list[Callable]
    mistakes: list[Mistake]
    variants: list[str]
    cases: Callable = lambda rng: [()]
    observe: Callable = call

    @property
    def variable(self) -> str:
        """Return the name that the student's cell defines."""
        return re.findall(r"^(?:def |class )?(\w+)", self.start, re.MULTILINE)[0]

    def code_of(self, mistake: Mistake) -> str:
        """Return the code of a known wrong answer.

        Raises:
            ValueError: if a part to be replaced is not in the solution.
        """
        if not mistake.replace:
            return mistake.code or self.start
        code = self.solution
        for old, new in mistake.replace.items():
            if old not in code:
                raise ValueError(
                    f"{mistake.name}: {old!r} must be in the code. Got {code} instead."
                )
            code = code.replace(old, new)
        return code

    def define(self, code: str) -> object:
        """Execute code of this exercise, and return what it defines."""
        namespace = {"np": np}
        exec(code, namespace)
        return namespace[self.variable]


def difference(actual, expected, what="the result", tolerance=1e-4):
    """Return None if two arrays are equal, or a text with the first difference.

    Args:
        actual: a number, or anything that NumPy converts to an array.
        expected: the same of the reference.
        what: subject of the text.
        tolerance: relative tolerance; the absolute one is a tenth of it.
    """
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    if actual.shape != expected.shape:
        return f"{what} has shape {actual.shape}, expected {expected.shape}"
    wrong = ~np.isclose(actual, expected, tolerance, tolerance / 10)
    if not wrong.any():
        return None
    index = tuple(map(int, np.argwhere(wrong)[0]))
    place = f" at index {index}" if index else ""
    texts = f"{actual[index]:.4g}", f"{expected[index]:.4g}"
    if texts[0] == texts[1]:
        texts = f"{actual[index]:.8g}", f"{expected[index]:.8g}"
    return f"{what} is {texts[0]}{place}, expected {texts[1]}"


def unless(condition, problem):
    """Return None if a condition holds, or the problem."""
    return None if condition else problem


def numerical_gradient(loss, array, step=1e-5):
    """Return the gradient of `loss()` by central differences; `array` is changed and restored."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = loss()
        array[index] = value - step
        gradient[index] = (above - loss()) / (2 * step)
        array[index] = value
    return gradient
