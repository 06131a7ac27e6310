"""The engine's tests that hold on every device, run on the card."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree

from benchmarks.measure import Row, at_most
from engine.paths import PROJECT

TESTS = ("tests/models/test_sweep.py", "tests/training/test_loop.py", "tests/test_devices.py")
PROCESSES = 6


def run(device: str) -> list[Row]:
    spread = ["-n", str(PROCESSES)] if find_spec("xdist") else []
    with tempfile.TemporaryDirectory() as folder:
        report, start = Path(folder, "report.xml"), perf_counter()
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *spread, f"--junitxml={report}", *TESTS]
        subprocess.run(command, cwd=PROJECT, env=os.environ | {"TWOVIEW_TEST_DEVICE": device}, stdout=sys.stderr, check=False)
        taken, cases = perf_counter() - start, list(ElementTree.parse(report).iter("testcase"))
    outcomes = Counter(_outcome(case) for case in cases)
    failed = [f"{case.get('name')}: {_message(case)}" for case in cases if _outcome(case) == "failed"]
    note = f"{outcomes['passed']} passed, {outcomes['skipped']} skipped in {taken:.0f} s" + "".join(f"; {line}" for line in failed)
    return [at_most("tests that failed on the card", outcomes["failed"], 0, "", note)]


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def _message(case: ElementTree.Element) -> str:
    broken = next(child for child in case if child.tag in ("failure", "error"))
    return (broken.get("message") or "").partition("\n")[0][:200]
