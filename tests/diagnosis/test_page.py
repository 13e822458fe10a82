import runpy
from pathlib import Path

from mlcourse.diagnosis import FAULTS

DOCS = Path(__file__).parents[2] / "docs"
DIAGNOSIS = runpy.run_path(str(DOCS / "diagnosis.py"))


def test_the_page_in_docs_is_the_one_that_the_command_writes():
    page = (DOCS / "diagnosis.md").read_text(encoding="utf-8")
    assert page == DIAGNOSIS["page"]()
    assert page.count("\n## ") == len(FAULTS)
    assert page.count("\nTest: ") == len(FAULTS)
    assert page.count("](diagnosis/") == len(list((DOCS / "diagnosis").glob("*.png")))
