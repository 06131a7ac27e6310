"""What tests of several rooms stand on."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from engine.paths import checkpoints_dir

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def own_checkpoints(tmp_path, monkeypatch) -> Path:
    """The shipped checkpoints in a folder of the test's own: what it writes beside one stays there."""
    folder = tmp_path / "checkpoints"
    for path in checkpoints_dir().glob("*/*"):
        (folder / path.parent.name / path.name).mkdir(parents=True)
        for file in path.rglob("*"):
            target = folder / file.relative_to(checkpoints_dir())
            if file.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.symlink(file, target)
    monkeypatch.setenv("TWOVIEW_CHECKPOINTS", str(folder))
    return folder
