from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from osteon import cohorts, reading
from osteon.io import files, nifti
from osteon.io.simulated import is_simulated
from osteon.simulate import cohort as writer
from osteon.simulate import recipes, recipes_nuclear
from osteon.simulate.recipe import Order
from osteon.types import Evidence

SCANS = Order(recipe="bone-scans", patients=2, seed=5, size="small")


@pytest.fixture(scope="module")
def scans(tmp_path_factory) -> Path:
    """Two patients' bone scans as a cohort."""
    return writer.cohort(SCANS, out=tmp_path_factory.mktemp("scans") / "out")


@pytest.fixture
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


@pytest.mark.slow
def test_a_cohort_of_bone_scans_is_dicom_with_both_views_in_a_study(scans, key):
    found = cohorts.load(scans)
    assert found.evidence is Evidence.SIMULATED
    assert not found.refused
    assert any(study.truth.masks for study in found.studies)
    for study in found.studies:
        assert set(study.data) == {"anterior", "posterior", "clinical"}
        for view in ("anterior", "posterior"):
            image = study.data[view]
            assert (image.modality, image.unit, image.facts["view"]) == ("NM", "counts", view)
            assert image.grid.spacing_mm == (2.4, 2.4)
            assert is_simulated(image)
            if study.truth.masks:
                assert study.truth.masks[view].grid.shape == image.grid.shape
    assert {f.name for f in cohorts.audit(found).findings} <= {"few-patients", "constant-column"}  # two men


@pytest.mark.slow
def test_the_views_are_two_series_of_one_study_and_say_simulated(scans):
    views = [pydicom.dcmread(scans / f"patients/simulated-000001/{v}.dcm") for v in ("anterior", "posterior")]
    assert len({view.StudyInstanceUID for view in views}) == 1
    for tag in ("SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription"):
        assert len({str(view[tag].value) for view in views}) == 2, tag
    for view in views:
        assert (view.Modality, view.NumberOfFrames, list(view.ImageType)[2]) == ("NM", 1, "WHOLE BODY")
        assert "SIMULATED" in view.ImageComments
        assert "no patient was imaged" in view.DerivationDescription
        assert view.ScanVelocity == pytest.approx(2.5)


@pytest.mark.slow
def test_a_bone_scan_that_is_read_is_named_and_told_that_nobody_takes_it(scans, key, tmp_path):
    patient = next(iter(scans.rglob("anterior-mask.png"))).parent
    (found,) = reading.read([patient], out=tmp_path / "out")
    assert found.findings == ()
    why = {r.file: r.why for r in found.refused}
    for view in ("anterior", "posterior"):
        said = f"no system of osteon reads bone scan data that cohort.csv calls {view} yet"
        assert why[f"{view}.dcm"].startswith(said)
        assert "is a mask" in why[f"{view}-mask.png"]
    assert "simulated" in found.notes[0]


@pytest.mark.slow
def test_two_workers_write_the_same_scans(scans, tmp_path):
    again = writer.cohort(SCANS, out=tmp_path / "two", workers=2)

    def digests(folder: Path) -> dict[str, str]:
        paths = (p for p in folder.rglob("*") if p.is_file())
        return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}

    assert digests(again) == digests(scans)


@pytest.mark.slow
def test_the_full_monte_carlo_scans_the_same_patients_the_same_way(monkeypatch, tmp_path):
    """Its patients are those of the kernels; so are the counts of the body, within what the two differ by."""
    monkeypatch.setitem(recipes_nuclear.HISTORIES, "small", 300_000)
    counts = []
    recipe, order, case = first("bone-scans", "metastasis", "present")
    for name in ("kernels", "monte-carlo"):
        order = replace(order, options={"method": name})
        assert recipe.draw(order, case.patient.index) == case
        (tmp_path / name).mkdir()
        rows = recipe.make(case, order, tmp_path / name)
        assert [row.input for row in rows] == ["anterior", "posterior"]
        counts.append([files.open_image(tmp_path / name / row.path).read() for row in rows])
    for kernels, carlo in zip(*counts, strict=True):
        assert not np.array_equal(kernels, carlo)
        assert carlo.sum() == pytest.approx(kernels.sum(), rel=0.03)
        rough = [image.reshape(32, 32, 8, 32).sum(axis=(1, 3)).ravel() for image in (kernels, carlo)]
        assert np.corrcoef(*rough)[0, 1] > 0.99


def first(name: str, label: str, word: str):
    order = Order(recipe=name, patients=9, seed=5, size="small")
    recipe = recipes.get(name)
    return recipe, order, next(c for i in range(40) if (c := recipe.draw(order, i)).labels[label] == word)


@pytest.mark.slow
def test_hot_foci_are_hot_where_the_masks_say(tmp_path):
    recipe, order, case = first("bone-scans", "metastasis", "present")
    rows = {row.input: row for row in recipe.make(case, order, tmp_path)}
    assert set(rows) == {"anterior", "posterior"}
    boxes = 0
    for row in rows.values():
        counts, mask = (files.open_image(tmp_path / n).read() for n in (row.path, row.mask))
        assert counts.shape == mask.shape == (1024, 256)
        assert 0.3e6 < counts.sum() < 6e6, "a clinic's counts"
        body = counts > np.median(counts[counts > 0])
        if (mask > 0).any():
            assert counts[mask > 0].mean() > counts[body].mean()
        for lesion in row.lesions:
            row0, column0, row1, column1 = lesion.box_px
            assert (mask[row0:row1, column0:column1] == lesion.mask_value).any()
            assert lesion.label == "malignant"
            boxes += 1
    assert boxes


@pytest.mark.slow
def test_the_spect_has_its_hot_spots(tmp_path):
    recipe, order, case = first("thorax-spect", "metastasis", "present")
    (row,) = recipe.make(case, order, tmp_path)
    image, mask = files.open_image(tmp_path / row.path).read(), nifti.read(tmp_path / row.mask).read()
    assert image.shape == mask.shape
    assert set(np.unique(mask)) <= {0, 1}
    if mask.any():
        assert image[mask == 1].mean() > 2.0 * image[image > 0].mean()


def test_the_pet_is_in_suv_and_hotter_the_better_the_response(tmp_path):
    recipe, order, case = first("chemo-pet", "response", "good")
    (row,) = recipe.make(case, order, tmp_path)
    image = files.open_image(tmp_path / row.path)
    assert (image.modality, image.unit, row.exam) == ("PT", "SUVbw", "pre")
    tumour = nifti.read(tmp_path / row.mask).read() == 1
    assert 0.5 < np.median(image.read()[tumour]) < 15
    cases = [recipe.draw(order, i) for i in range(60)]
    suvs = [np.mean([c.patient.lesions[0].suv for c in cases if c.labels["response"] == w]) for w in ("poor", "good")]
    assert suvs[1] > 1.15 * suvs[0]


@pytest.mark.parametrize(("system", "share"), [("scint-glue-han2021", 2991 / 9133), ("scint-pi", 0.35)])
def test_bone_scans_have_the_mix_of_the_sheet(system, share):
    recipe = recipes.get("bone-scans")
    order = Order(recipe="bone-scans", patients=200, seed=5, like=system if system in recipe.like else None)
    cases = [recipe.draw(order, i) for i in range(200)]
    assert sum(c.labels["metastasis"] == "present" for c in cases) == pytest.approx(200 * share, abs=3)
    chance, *_ = recipe.ceilings(cases, order)
    assert chance.task == "metastasis"


def test_who_has_no_hot_spot_has_no_outline(tmp_path):
    """The audit refuses an empty one, so that no cohort would be trained on."""
    recipe, order, case = first("thorax-spect", "metastasis", "absent")
    (row,) = recipe.make(case, order, tmp_path)
    assert row.mask == ""
    assert [path.name for path in tmp_path.iterdir()] == ["spect.dcm"]
