"""The exercises of the lectures, each with properties to check and known mistakes.

A module has the exercises of a topic, in its list `EXERCISES`. To add one, copy another.
"""

from mlcourse._core import checks
from mlcourse.lectures.exercises import (
    backpropagation,
    capacity,
    comparison,
    convolution,
    images,
    losses,
    optimization,
    perceptrons,
    preparation,
    training_loops,
)
from mlcourse.lectures.exercises.checking import ENDLESS, CheckResult, check, check_fault
from mlcourse.lectures.exercises.exercise import Exercise, Mistake

__all__ = [
    "ENDLESS",
    "EXERCISES",
    "CheckResult",
    "Exercise",
    "Mistake",
    "check",
    "check_fault",
    "find",
    "of_lecture",
]

TOPICS = (
    perceptrons,
    losses,
    optimization,
    preparation,
    capacity,
    backpropagation,
    training_loops,
    comparison,
    convolution,
    images,
)
EXERCISES = {exercise.name: exercise for topic in TOPICS for exercise in topic.EXERCISES}
"""All exercises by name."""


def find(name: str) -> Exercise:
    """Return the exercise with this name.

    Raises:
        ValueError: if there is none. The message lists the names.
    """
    return EXERCISES[checks.choice("exercise", name, EXERCISES)]


def of_lecture(lecture: str) -> list[Exercise]:
    """Return the exercises of a lecture, in the order of its sheet."""
    return [exercise for exercise in EXERCISES.values() if exercise.lecture == lecture]
