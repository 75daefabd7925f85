"""`osteon mesh` on a NIfTI mask."""

import json

import numpy as np
import pytest

from osteon import cli
from osteon.geometry import volume_grid
from osteon.io import nifti


@pytest.fixture
def mask(tmp_path):
    axes = np.meshgrid(*(np.arange(n) - 12.0 for n in (25, 25, 25)), indexing="ij")
    pixels = (np.sum(np.square(axes), axis=0) <= 64).astype(np.uint8)
    nifti.write(tmp_path / "mask.nii.gz", pixels, volume_grid(pixels.shape, np.eye(4)))
    return tmp_path / "mask.nii.gz"


def run(*words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([str(word) for word in words])
    return int(stop.value.code or 0), capsys.readouterr()


def test_the_surface_and_one_at_a_margin(mask, tmp_path, capsys):
    code, said = run("mesh", mask, "--margin-mm", "4", "--out", tmp_path / "out", "--json", capsys=capsys)
    told = json.loads(said.out)
    assert code == 0
    assert [one["margin_mm"] for one in told] == [0.0, 4.0]
    assert told[1]["volume_ml"] == pytest.approx(4 / 3 * np.pi * 1.728, rel=0.03)
    assert (tmp_path / "out" / "label-1-margin-4mm.stl").is_file()
    assert (tmp_path / "out" / "label-1.obj").is_file()


def test_a_table_and_one_format(mask, tmp_path, capsys):
    code, said = run("mesh", mask, "--out", tmp_path / "out", "--formats", "ply", capsys=capsys)
    assert code == 0
    assert "label-1.ply" in said.out
    assert not list((tmp_path / "out").glob("*.stl"))


def test_a_label_that_is_not_there_exits_with_3(mask, tmp_path, capsys):
    code, said = run("mesh", mask, "--out", tmp_path / "out", "--label", "9", capsys=capsys)
    assert code == 3
    assert "empty" in said.err
