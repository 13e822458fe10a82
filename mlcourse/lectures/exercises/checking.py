"""Check an answer: test properties on random cases, and name a known mistake by its behavior."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import os
import sys
import sysconfig
import traceback
import warnings
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from mlcourse.lectures.exercises.exercise import Exercise, call

SEEDS = (0, 1, 2)
MAX_LINES = 2_000_000
"""Lines that one call of an answer may execute: a loop without an end is stopped after these."""

PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120
LIBRARIES = (*{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}, "<frozen")

NO_ANSWER = "no answer"
NOTHING_RETURNED = "nothing returned"
ENDLESS = "endless loop"


@dataclass(frozen=True)
class CheckResult:
    """Result of the check of an answer.

    Attributes:
        name: name of the exercise.
        passed: whether all properties hold.
        message: what is wrong, in one or two sentences.
        mistake: name of the mistake, or an empty string if it is not a known one.
    """

    name: str
    passed: bool
    message: str = ""
    mistake: str = ""

    def __bool__(self):
        return self.passed

    def __str__(self):
        return f"{self.name}: {'passed' if self.passed else f'not passed. {self.message}'}"

    def _ipython_display_(self):
        """Display nothing: `lecture.check` has printed the message."""


class NoAnswer(Exception):
    """Raised if an answer is still the start code."""


class NothingReturned(NoAnswer):
    """Raised if an answer returns None, or a tuple with None."""


class TooManyLines(BaseException):
    """Raised in a loop without an end. Not an Exception, so that the answer does not catch it."""


class GuardedAnswer:
    """A function or class of a student, called with copies, in silence, and with a limit of lines.

    The limit counts lines of Python code outside of libraries, so it is the same on each machine.
    """

    def __init__(self, function):
        self.function = function

    def __call__(self, *arguments):
        """Call the function with copies of the arguments."""
        return self.call_in_place(*copy.deepcopy(arguments))

    def call_in_place(self, *arguments):
        """Call the function with the arguments themselves."""
        return self.run(lambda function: function(*arguments))

    def run(self, use, *arguments):
        """Return `use(function, *arguments)`, for answers that are classes."""
        with _silence(), _line_limit():
            try:
                value = use(self.function, *arguments)
            except NotImplementedError:
                raise NoAnswer from None
            except SystemExit:
                raise RuntimeError("it must not exit") from None
        if _is_open(value, ...):
            raise NoAnswer
        if _is_open(value, None):
            raise NothingReturned
        return value


@contextlib.contextmanager
def _silence():
    """Hide what an answer prints, and its warnings."""
    hidden = io.StringIO()
    with (
        contextlib.redirect_stdout(hidden),
        contextlib.redirect_stderr(hidden),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _line_limit():
    """Raise TooManyLines after `MAX_LINES` lines of code that is in no library."""
    executed = 0

    def count(frame, event, argument):
        nonlocal executed
        executed += event == "line"
        if executed > MAX_LINES:
            raise TooManyLines
        return count

    def enter(frame, event, argument):
        file = frame.f_code.co_filename
        return None if file.startswith((PACKAGE, *LIBRARIES)) else count

    previous = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(previous)


def _is_open(value, placeholder):
    """Return whether a value is the placeholder, `...` or None, or contains it."""
    if isinstance(value, tuple | list):
        return any(_is_open(part, placeholder) for part in value)
    return value is placeholder


def check(exercise: Exercise, answer: object, seeds: tuple[int, ...] = SEEDS) -> CheckResult:
    """Check an answer.

    A property that does not hold on a random case fails the check. The mistake is named if a known
    wrong answer behaves in the same way in all cases of that seed.

    Args:
        exercise: the exercise.
        answer: what the student's cell defines: a value, a function or a class.
        seeds: seeds of the cases.
    """
    with threadpool_limits(1):  # small arrays: several threads only wait for each other
        return _check(exercise, answer, seeds)


def _check(exercise, answer, seeds):
    """Check an answer, as `check` does, with the current number of threads."""
    result = functools.partial(CheckResult, exercise.name, False)
    no_answer = result("There is no answer yet.", NO_ANSWER)
    if _is_open(answer, ...) or _is_open(answer, None):
        return no_answer
    expected = exercise.define(exercise.solution)
    if callable(expected) != callable(answer):
        rule = "must be a function" if callable(expected) else "must be a value"
        return result(f"{exercise.variable} {rule}. Got {describe(answer)} instead.")
    answer = guard(answer)
    for seed in seeds:
        try:
            problem = _first_problem(exercise, answer, seed)
        except NothingReturned:
            text = f"{exercise.variable} returns None, or a tuple with None."
            return result(f"{text} Is a return missing?", NOTHING_RETURNED)
        except NoAnswer:
            return no_answer
        except TooManyLines:
            text = f"{exercise.variable} does not end: it was stopped after {MAX_LINES:,} lines."
            return result(f"{text} Which loop has no end?", ENDLESS)
        if problem:
            return _explain(exercise, answer, seed, problem, result, no_answer)
    return CheckResult(exercise.name, passed=True)


def check_fault(case, fault):
    """Return the result of the check of a fault's name.

    Args:
        case: an `mlcourse.datasets.Injected`.
        fault: name of the fault that a student has found.
    """
    if case.has(fault):
        return CheckResult(case.name, passed=True)
    hint = "Which finding is also there without a fault, and which one is the first of all?"
    return CheckResult(case.name, False, f"The fault is not {fault!r}. {hint}", fault)


def guard(answer):
    """Return an answer that is called with care if it is a function or a class."""
    return GuardedAnswer(answer) if callable(answer) else answer


def random_cases(exercise, seed):
    """Return the cases of an exercise for a seed."""
    return exercise.cases(np.random.default_rng([seed, *exercise.name.encode()]))


def _first_problem(exercise, answer, seed):
    """Return the first property that does not hold with what is wrong, or None."""
    for case in random_cases(exercise, seed):
        for holds in exercise.properties:
            try:
                with _silence():
                    problem = holds(answer, *copy.deepcopy(case))
            except NoAnswer:
                raise
            except Exception as error:
                subject = "the answer raises" if _is_raised_in(answer, error) else "its use raises"
                problem = f"{subject} {_one_line(error)}"
            if problem:
                statement = holds.__doc__.splitlines()[0].rstrip(".")
                return f"{statement}: {problem}."
    return None


def _is_raised_in(answer, error):
    """Return whether an exception was raised while an answer was running."""
    run = type(answer).run if isinstance(answer, GuardedAnswer) else None
    frames = traceback.walk_tb(error.__traceback__)
    return any(run is not None and frame.f_code is run.__code__ for frame, _ in frames)


def _one_line(error):
    """Return an exception as a line of text."""
    return traceback.format_exception_only(error)[-1].strip()[:200]


def _explain(exercise, answer, seed, problem, result, no_answer):
    """Return the failed result, with the name of the mistake if it is known."""
    behavior = observe(exercise, answer, seed)
    if exercise.kind != "fix" and equal(behavior, _behavior(exercise, exercise.start, seed)):
        return no_answer
    for mistake in exercise.mistakes:
        if equal(behavior, _behavior(exercise, exercise.code_of(mistake), seed)):
            name = mistake.name[0].upper() + mistake.name[1:]
            return result(f"{name}: {mistake.hint}", mistake.name)
    if exercise.observe is call:
        expected = _behavior(exercise, exercise.solution, seed)
        for mine, theirs in zip(behavior, expected, strict=True):
            if isinstance(mine, str) and mine.startswith("raises "):
                return result(f"{exercise.variable} {mine}.")
            if describe(mine) != describe(theirs):
                verb = "return" if isinstance(answer, GuardedAnswer) else "be"
                rule = f"{exercise.variable} must {verb} {describe(theirs)}"
                return result(f"{rule}. Got {describe(mine)} instead.")
    return result(problem)


def observe(exercise, answer, seed):
    """Return what an answer gives in all cases of a seed; an exception is a text."""
    behavior = []
    for case in random_cases(exercise, seed):
        try:
            with _silence():
                behavior.append(exercise.observe(answer, *copy.deepcopy(case)))
        except (Exception, TooManyLines) as error:
            behavior.append(f"raises {_one_line(error)}")
    return behavior


def _behavior(exercise, code, seed):
    """Return what code of the exercise gives in all cases of a seed."""
    try:
        with _silence():
            answer = exercise.define(code)
    except Exception as error:
        return [f"raises {_one_line(error)}"]
    return observe(exercise, guard(answer), seed)


def equal(value, other, tolerance=1e-5):
    """Return whether two nested values have the same structure and numbers."""
    if isinstance(value, str) or isinstance(other, str):
        return isinstance(value, str) and isinstance(other, str) and value == other
    if isinstance(value, tuple | list) and isinstance(other, tuple | list):
        pairs = zip(value, other, strict=False)
        return len(value) == len(other) and all(equal(one, two, tolerance) for one, two in pairs)
    try:
        one, two = np.asarray(value, float), np.asarray(other, float)
    except (TypeError, ValueError):
        return False
    return one.shape == two.shape and np.allclose(one, two, tolerance, tolerance / 10, True)


def describe(value):
    """Return the type and the shape of a value as text."""
    if isinstance(value, str):
        return "a text"
    if callable(value):
        return "a function"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}: {', '.join(map(describe, value))}"
    try:
        shape = np.shape(np.asarray(value, float))
    except (TypeError, ValueError):
        return f"a value of type {type(value).__name__}"
    return f"an array of shape {shape}" if shape else "a number"
