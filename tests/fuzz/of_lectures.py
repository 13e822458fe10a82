"""Property tests of lectures and what they stand on: a notebook's start, devices, the doctor."""

from hypothesis import strategies as st

from tests.fuzz.cases import Case, given
from tests.fuzz.strategies import NO_NAME

ELSEWHERE = {
    "devices.Devices": "a record; `configure` returns it",
    "lectures.doctor.Finding": "a record; `examine` yields it",
    "lectures.doctor.examine_notebook": "reads a file; tests/lectures/test_old_code.py calls it",
    "lectures.Lecture": "a record; `available` returns it",
    "lectures.LectureFailed": "an exception",
    "lectures.Session": "a record with methods; `setup_notebook` returns it",
    "lectures.run": "takes minutes and a kernel; tests/lectures/test_runner.py calls it",
}


def _entered(context, _):
    with context:
        return True


def _speaks(session, arguments):
    return session.quick or not arguments["quick"]


CASES = [
    Case("devices.configure", given(), check=lambda found, _: found.backend in str(found)),
    Case(
        "devices.data_parallel",
        given(names=st.just(("cpu:0",))),
        wrong={"names": st.sampled_from([None, 3, (), "cpu:0", ("tpu:9",), (3,), [["cpu:0"]]])},
        check=_entered,
    ),
    Case("devices.device_names", given(), check=lambda names, _: names[-1].startswith("cpu")),
    Case(
        "devices.processor_flags",
        given(file=st.sampled_from(["/proc/cpuinfo", "no such file", "."])),
        wrong={"file": st.sampled_from([None, 3, [], object()])},
        check=lambda flags, _: isinstance(flags, set),
    ),
    Case("devices.quickest_dtype", given(), check=lambda dtype, _: "float" in dtype),
    Case("devices.suppress_stderr", given(), check=_entered),
    Case(
        "lectures.doctor.examine",
        given(),
        check=lambda found, _: {one.status for one in found} <= {"ok", "note", "problem"},
    ),
    Case("lectures.available", given(), check=lambda found, _: "neural-networks" in found),
    Case(
        "lectures.find",
        given(name=st.just("neural-networks")),
        wrong={"name": NO_NAME},
        check=lambda lecture, arguments: lecture.path.stem == arguments["name"],
    ),
    Case(
        "lectures.setup_notebook",
        given(
            quick=st.none() | st.booleans(),
            seed=st.sampled_from([0, 2**32 - 1]),
            interactive=st.none() | st.booleans(),
            theme=st.none(),
        ),
        wrong={
            "quick": st.sampled_from(["yes", 1, 0, []]),
            "seed": st.sampled_from([-1, 0.5, "0", [1], 2**32, True]),
            "interactive": st.sampled_from(["yes", 1, 0, []]),
            "theme": st.sampled_from(["night", 1, True, []]),
        },
        check=_speaks,
    ),
]
