"""A few hundred damaged DICOM files; `benchmarks/fuzz_readers.py` runs a hundred thousand."""

import sys
from pathlib import Path

import numpy as np
import pytest
from dicom_maker import instance, save
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import fuzz_readers

from osteon.io.dicom_header import read_header
from osteon.io.dicom_layout import layout
from osteon.io.dicom_pixels import stored_frames


@pytest.fixture(scope="module")
def seeds():
    return fuzz_readers.dicom_seeds()


@pytest.mark.parametrize("block", range(4))
def test_damaged_files_raise_nothing_but_osteons_own_errors(block, seeds, tmp_path):
    outcomes = []
    for number in range(block * 100, (block + 1) * 100):
        job = (number, "dicom", ".dcm", seeds[number % len(seeds)], tmp_path)
        _, outcome, trace = fuzz_readers.one_case(job)
        assert outcome != "ESCAPED", trace
        outcomes.append(outcome)
    assert {"read", "refused"} == set(outcomes)


def test_damage_changes_a_file_and_can_be_repeated(seeds):
    one, other = (fuzz_readers.damaged(seeds[0], np.random.default_rng(7)) for _ in range(2))
    assert one == other != seeds[0]


def test_a_jp2_box_of_no_length_does_not_hang(tmp_path, rng):
    pixels = rng.integers(0, 4000, (64, 64)).astype(np.uint16)
    made = instance(pixels)
    made.compress(JPEG2000Lossless)
    code = next(generate_frames(made.PixelData, number_of_frames=1))
    made.PixelData = encapsulate([b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\0jp2h" + code])
    header = read_header(save(made, tmp_path / "a.dcm"), name="a.dcm")
    assert np.array_equal(next(stored_frames(header, layout(header))), pixels)
