"""What the process is told about memory."""

import platform
import subprocess
import sys

import pytest

HELD = """
import sys
import numpy as np
from engine.compute import keep_freed_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

if sys.argv[1] == "kept":
    keep_freed_memory()
before = resident()
block = np.ones(2**23)
del block
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
def test_what_a_training_frees_stays_with_its_process():
    kept, returned = (int(subprocess.run([sys.executable, "-c", HELD, way], capture_output=True, text=True, check=True).stdout) for way in ("kept", "returned"))
    assert returned < 2**23 < 2**25 < kept
