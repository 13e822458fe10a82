"""What many public functions take, and what they must refuse."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

NAN, INF = float("nan"), float("inf")
TEXT = st.text("ab |\\<é", max_size=4)
SEEDS = st.integers(0, 2**32)
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)

NO_NAME = st.sampled_from(["", "no such name", 3, None, ["a"], np.ones(2)])
NO_TEXT = st.sampled_from([3, None, ["a"], object()])
NO_NUMBER = st.sampled_from([NAN, INF, -INF, "1", None, [1.0], True, object(), 10**400])
NOT_POSITIVE = NO_NUMBER | st.sampled_from([0, -1.0])
NO_SHARE = NO_NUMBER | st.sampled_from([-0.1, 1.5])
NO_COUNT = st.sampled_from([0, -1, 1.5, "3", None, True, NAN, [1], object()])
NO_SEED = st.sampled_from([-1, 0.5, "0", None, [1], object()])
NO_FLAG = st.sampled_from(["yes", 1, 0, None, [True]])
NO_ARRAY = st.sampled_from(["12", None, ["a", "b"], [[1], [1, 2]], object(), [None, 1.0], [1j]])


def floats(shape, low=-9.0, high=9.0):
    """Returns a strategy for arrays of floats of a shape, which may be drawn itself."""
    return arrays(np.float64, shape, elements=st.floats(low, high))
