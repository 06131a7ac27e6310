"""The measurements for graphics cards run everywhere: without a card each part says why there is nothing."""

import json

import pytest
import torch
from typer import Typer
from typer.testing import CliRunner

from benchmarks.gpu import __main__ as gpu
from benchmarks.measure import at_least, at_most, faster

app = Typer()
app.command()(gpu.main)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device, on which the parts take minutes")
def test_without_a_card_every_part_says_so(tmp_path):
    told = CliRunner().invoke(app, ["--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    (file,) = tmp_path.iterdir()
    kept = json.loads(file.read_text())
    assert {part["skipped"] for part in kept["parts"].values()} == {"There is no CUDA device here."} and set(kept["parts"]) == set(gpu.PARTS)
    assert CliRunner().invoke(app, ["--show", str(file)]).output.count("There is no CUDA device here.") == len(gpu.PARTS)


def test_a_part_that_fails_takes_no_other_along(tmp_path, monkeypatch):
    def broken(device):
        raise RuntimeError("out of memory")

    rows = [faster("two ways", 1.0, 4.0, 3, "fast"), at_least("pictures", 5000.0, 0, "a second"), at_most("memory", 3.0, 2, "GiB")]
    monkeypatch.setattr(gpu, "PARTS", {"broken": broken, "whole": lambda device: rows})
    told = CliRunner().invoke(app, ["--device", "cpu", "--out", str(tmp_path)])
    assert told.exit_code == 0 and "out of memory" in told.output
    table = told.output.splitlines()
    assert any("4 × | ≥ 3 × ✓" in line for line in table) and any("5,000 a second |  |" in line for line in table) and any("≤ 2 missed" in line for line in table)
