"""What a model is trained on, checked before work starts: inputs, targets, sample weights."""

from mlcourse.fit_data.checking import check, check_fit

__all__ = ["check", "check_fit"]
