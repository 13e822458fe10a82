"""Let a notebook with warnings fail: nbval compares stored outputs, and ignores stderr."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail after a cell that wrote a warning to stderr."""
    result = yield
    for output in getattr(item, "test_outputs", None) or []:
        if output.get("name") == "stderr" and "Warning" in output["text"]:
            pytest.fail(f"The cell warns: {output['text']}", pytrace=False)
    return result
