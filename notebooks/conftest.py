"""A notebook that warns fails: nbval itself looks only at stored output, never at stderr."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Looks at what the cell has written, once it has run."""
    result = yield
    for output in getattr(item, "test_outputs", None) or []:
        if output.get("name") == "stderr" and "Warning" in output["text"]:
            pytest.fail(f"The cell warns: {output['text']}", pytrace=False)
    return result
