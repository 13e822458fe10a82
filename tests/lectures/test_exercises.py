"""All solutions pass at all seeds, and each known mistake is caught and named."""

import io
import sys
from contextlib import redirect_stdout, suppress

import numpy as np
import pytest

from mlcourse import lectures
from mlcourse.lectures import exercises
from mlcourse.lectures.exercises import EXERCISES, CheckResult, check, checking
from mlcourse.lectures.exercises.exercise import KINDS, Exercise, Mistake, unless

SEEDS = (0, 1, 2, 3, 4)
RIGHT = [
    pytest.param(exercise, code, id=f"{exercise.name}-{index}")
    for exercise in EXERCISES.values()
    for index, code in enumerate([exercise.solution, *exercise.variants])
]
WRONG = [
    pytest.param(exercise, mistake, id=f"{exercise.name}-{mistake.name}")
    for exercise in EXERCISES.values()
    for mistake in exercise.mistakes
]


@pytest.mark.parametrize(("exercise", "code"), RIGHT)
def test_right_answers_pass(exercise, code):
    result = check(exercise, exercise.define(code), SEEDS)
    assert result == CheckResult(exercise.name, passed=True)
    assert str(result) == f"{exercise.name}: passed"


@pytest.mark.parametrize(("exercise", "mistake"), WRONG)
def test_mistakes_are_caught_and_named(exercise, mistake):
    answer = exercise.define(exercise.code_of(mistake))
    for seed in SEEDS:
        result = check(exercise, answer, (seed,))
        assert (result.passed, result.mistake) == (False, mistake.name), result
        assert result.message.endswith(mistake.hint)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_start_code_is_no_answer_or_the_mistake_to_fix(exercise):
    result = check(exercise, exercise.define(exercise.start))
    names = {mistake.name for mistake in exercise.mistakes}
    expected = names if exercise.kind == "fix" else {checking.NO_ANSWER}
    assert result.mistake in expected


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_lazy_answers_fail(exercise):
    def zero(*arguments):
        return 0

    def first_argument(*arguments):
        return arguments[0] if arguments else 1

    lazy = [zero, first_argument] if callable(exercise.define(exercise.solution)) else [0, 1, "x"]
    for answer in lazy:
        result = check(exercise, answer)
        assert not result.passed
        assert 10 < len(result.message) < 400


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda images, y, rng: images[:, 9], "the answer raises IndexError: "),
        (lambda images, y, rng: 7, "its use raises TypeError: "),
    ],
)
def test_an_exception_is_that_of_the_answer_or_of_its_use(answer, message):
    assert message in check(exercises.find("shuffle"), answer).message


def test_there_are_enough_exercises():
    assert len(EXERCISES) >= 60
    assert len(WRONG) >= 200
    assert min(len(exercise.mistakes) for exercise in EXERCISES.values()) >= 3
    assert min(len(exercise.variants) for exercise in EXERCISES.values()) >= 1
    for lecture in lectures.available():  # the cases of the last one are exercises too
        is_diagnosis = lecture == "what-is-wrong-with-my-training"
        assert len(exercises.of_lecture(lecture)) >= (3 if is_diagnosis else 8)
    assert {exercise.lecture for exercise in EXERCISES.values()} == set(lectures.available())
    assert {exercise.kind for exercise in EXERCISES.values()} == set(KINDS)
    names = [exercise.name for topic in exercises.TOPICS for exercise in topic.EXERCISES]
    assert len(names) == len(set(names))


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match=r"exercise must be one of .*softmax.* Got 'sofmax'"):
        exercises.find("sofmax")


def test_a_replacement_must_be_in_the_code():
    mistake = Mistake("m", "h", replace={"not there": ""})
    with pytest.raises(ValueError, match="'not there' must be in the code"):
        exercises.find("softmax").code_of(mistake)


def is_double(answer, x):
    """The result is 2 x."""
    return unless(np.allclose(answer(x), 2 * x), "it is not")


DOUBLE = Exercise(
    name="double",
    lecture="neural-networks",
    kind="write",
    text="",
    start="def double(x):\n    return ...",
    solution="def double(x):\n    return 2 * x",
    properties=[is_double],
    cases=lambda rng: [(rng.normal(size=3),)],
    variants=[],
    mistakes=[Mistake("squared", "how large is it for 3?", "def double(x):\n    return x**2")],
)


def endless(x):
    while True:
        pass


def endless_despite_except(x):
    while True:
        with suppress(Exception):
            x = x + 1


def forgotten(x):
    raise NotImplementedError


def recursive(x):
    return recursive(x)


def exits(x):
    sys.exit()


def broken(x):
    return x + "1"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: x**2, "Squared: how large is it for 3?"),
        (lambda x: 3 * x, "The result is 2 x: it is not."),
        (lambda x: x[:2], "double must return an array of shape (3,). Got an array of shape (2,)"),
        (lambda x: (x, x), "Got a tuple of 2: an array of shape (3,), an array of shape (3,)"),
        (lambda x: "text", "double must return an array of shape (3,). Got a text instead."),
        (lambda x: object(), "Got a value of type object instead."),
        (lambda x: None, "double returns None, or a tuple with None. Is a return missing?"),
        (lambda x: (x, ...), "There is no answer yet."),
        (lambda: 1, "double raises TypeError: "),
        (broken, "double raises "),
        (recursive, "double raises RecursionError: "),
        (exits, "double raises RuntimeError: it must not exit."),
        (forgotten, "There is no answer yet."),
        (..., "There is no answer yet."),
        (7, "double must be a function. Got a number instead."),
    ],
)
def test_a_wrong_answer_gets_a_plain_message(answer, message):
    result = check(DOUBLE, answer)
    assert not result.passed
    assert message in result.message


@pytest.mark.parametrize("answer", [endless, endless_despite_except])
def test_a_loop_without_an_end_is_stopped(answer, monkeypatch):
    monkeypatch.setattr(checking, "MAX_LINES", 1000)
    previous = sys.gettrace()
    result = check(DOUBLE, answer)
    assert result.mistake == checking.ENDLESS
    assert "stopped after 1,000 lines" in result.message
    assert sys.gettrace() is previous


def test_answers_change_neither_cases_nor_output():
    def in_place(x):
        print("noise")
        x *= 2
        return x

    with redirect_stdout(io.StringIO()) as printed:
        assert check(DOUBLE, in_place).passed
    assert printed.getvalue() == ""
