"""One tumour in all modalities: where it lies, how large it is, what of it is dead, and what follows from it."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from osteon import cohorts
from osteon.geometry import matrix, to_mm
from osteon.simulate import cohort as writer
from osteon.simulate import recipes, whole_task
from osteon.simulate.person import fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.recipe import Case, Order
from osteon.simulate.tissue.histology_map import Region
from osteon.simulate.xray import radiograph
from osteon.simulate.xray.view import View
from osteon.types import Cohort, Evidence, Image, Study

ORDER = Order(recipe="osteosarcoma-whole-patient", patients=3, seed=12, size="small")
CTS = ("ct", "ct_low_dose", "ct_60kev", "ct_140kev")
SPECTS = ("spect", "spect_thorax")
PICTURES = {"radiograph", *CTS, "t1", "t2", "t1gd", "adc", "dce", "anterior", "posterior", *SPECTS, "pet"}
OUTLINED = (*CTS, "t1", "t2", "adc", "dce", "spect", "pet")
ROUGH = {"ct_60kev": 0.2, "ct_140kev": 0.2, "dce": 0.2, "pet": 0.2, "spect": 0.35}
"""How far the volume may be off where voxels are of 72 to 885 mm3: of the last, 14 are the smallest tumour here."""


@dataclass(frozen=True)
class Made:
    out: Path
    cohort: Cohort
    cases: list[Case]
    bodies: list[Body]
    views: list[View]

    def options(self) -> dict[str, str]:
        """Return the options that the cohort states."""
        return json.loads((self.out / "simulated.json").read_text())["order"]["options"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    """The cohort, and of each patient its case, its lesion at 1.5 mm, and the view of its film."""
    root, views, take = tmp_path_factory.mktemp("whole"), [], radiograph.take

    def seen(body, *, view, **more):
        views.append(view)
        return take(body, view=view, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSTEON_KEY", str(root / "key"))
        patch.setattr(radiograph, "take", seen)
        out = writer.cohort(ORDER, out=root / "out")
        cohort = cohorts.load(out)
    cases = [whole_task.draw(ORDER, index) for index in range(ORDER.patients)]
    grids = [fields.grid_around(case.patient, reach_mm=8.0, spacing_mm=1.5) for case in cases]
    bodies = [fields.body(case.patient, grid=grid) for case, grid in zip(cases, grids, strict=True)]
    return Made(out=out, cohort=cohort, cases=cases, bodies=bodies, views=views)


def _places_mm(image: Image) -> np.ndarray:
    """Return the middles of the voxels of a mask, (voxels, 3)."""
    return to_mm(image.grid, np.argwhere(image.read() > 0).astype(float))


def _ml(image: Image) -> float:
    return float((image.read() > 0).sum() * abs(np.linalg.det(matrix(image.grid)[:3, :3])) / 1000.0)


@pytest.mark.slow
def test_a_study_holds_every_modality_and_the_audit_takes_it(made):
    assert made.cohort.evidence is Evidence.SIMULATED
    assert not made.cohort.refused
    assert len(made.cohort.studies) == 3
    for study in made.cohort.studies:
        assert set(study.data) == {*PICTURES, "slide", "tile", "spectrum", "expression", "clinical"}
        assert study.exam == "post"
        assert {"age_years", "sex", "location", "ki67_percent", "satb2_h_score", "mdm2_h_score", "pain"} <= set(
            study.data["clinical"].values
        )
        assert set(study.truth.outcomes) == {"local_recurrence", "lung_metastasis", "death", "event"}
        assert len(study.data["expression"].genes) == 300
    audit = cohorts.audit(made.cohort)
    assert {f.name for f in audit.findings} <= {
        "few-patients",
        "constant-column",
    }  # three patients, none with a fracture


@pytest.mark.slow
def test_the_lesion_is_as_large_and_at_the_same_place_in_ct_mri_and_pet(made):
    for study, body in zip(made.cohort.studies, made.bodies, strict=True):
        truth_ml = float((body.lesion > 0).sum()) * 1.5**3 / 1000.0
        middle = to_mm(body.grid, np.argwhere(body.lesion > 0).astype(float)).mean(axis=0)
        for name in OUTLINED:
            mask = study.truth.masks[name]
            assert _ml(mask) == pytest.approx(truth_ml, rel=ROUGH.get(name, 0.12)), name
            assert np.linalg.norm(_places_mm(mask).mean(axis=0) - middle) < 4.0, name


@pytest.mark.slow
def test_the_low_dose_ct_is_the_same_limb_with_more_noise(made):
    for study in made.cohort.studies:
        usual, low = (study.data[name] for name in ("ct", "ct_low_dose"))
        assert np.array_equal(study.truth.masks["ct"].read(), study.truth.masks["ct_low_dose"].read())
        assert usual.grid == low.grid
        one, other = usual.read(), low.read()
        inside = one > -300.0
        spread = [np.abs(np.diff(hu, axis=2))[inside[:, :, 1:] & inside[:, :, :-1]].mean() for hu in (one, other)]
        assert spread[1] > 1.1 * spread[0]
        assert other[inside].mean() == pytest.approx(one[inside].mean(), abs=8.0)


@pytest.mark.slow
def test_dense_bone_is_darker_at_140_than_at_60_kev_and_soft_tissue_is_not(made):
    for study in made.cohort.studies:
        low, high = (study.data[f"ct_{kev}kev"].read() for kev in (60, 140))
        dense, soft = low > 400.0, np.abs(low - 40.0) < 20.0
        assert low[dense].mean() > 1.4 * high[dense].mean()
        assert low[soft].mean() == pytest.approx(high[soft].mean(), abs=60.0)


@pytest.mark.slow
def test_the_spect_of_the_thorax_shows_its_bones_and_of_the_tumour_what_lies_there(made):
    for study, case in zip(made.cohort.studies, made.cases, strict=True):
        thorax, outline = study.data["spect_thorax"], study.truth.masks.get("spect_thorax")
        counts = thorax.read()
        assert case.patient.lesions[0].bone.startswith("humerus") or outline is None
        body = fields.body(case.patient, grid=thorax.grid)
        bony, airy = body.bone > 0, body.tissue == Tissue.LUNG
        assert counts[bony].mean() > 3.0 * counts[airy].mean()


@pytest.mark.slow
def test_the_tumour_takes_up_tracer_in_the_spect_as_in_the_bone_scan(made):
    for study in made.cohort.studies:
        counts, tumour = study.data["spect"].read(), study.truth.masks["spect"].read() > 0
        assert counts[tumour].mean() > 2.0 * counts[counts > 0].mean()
        assert study.data["spect"].modality == "NM"


@pytest.mark.slow
def test_the_outline_on_ct_projects_onto_the_one_on_the_film(made):
    rng = np.random.default_rng(0)
    for study, view in zip(made.cohort.studies, made.views, strict=True):
        ct, film = study.truth.masks["ct"], study.truth.masks["radiograph"].read() > 0
        inside = np.argwhere(ct.read() > 0).astype(float).repeat(60, axis=0)
        points = to_mm(ct.grid, inside + rng.uniform(-0.5, 0.5, inside.shape))
        shadow = np.zeros(film.shape, bool)
        at = np.round(view.project(points)).astype(int)
        at = at[((at >= 0) & (at < film.shape)).all(axis=1)]
        shadow[at[:, 0], at[:, 1]] = True
        assert 2.0 * (shadow & film).sum() / (shadow.sum() + film.sum()) > 0.8


@pytest.mark.slow
def test_the_necrosis_of_the_body_is_that_of_the_slide_and_decides_the_response(made):
    for study, case, body in zip(made.cohort.studies, made.cases, made.bodies, strict=True):
        drawn = whole_task.necrosis_percent(case.patient)
        assert study.truth.values["necrosis_percent"] == pytest.approx(drawn, abs=0.7)
        own = body.tissue[body.lesion > 0]
        dead, alive = (own == Tissue.NECROSIS).sum(), np.isin(own, (Tissue.TUMOUR, Tissue.CHONDROID)).sum()
        assert 100.0 * dead / (dead + alive) == pytest.approx(drawn, abs=2.5)
        assert study.truth.labels["response"] == ("good" if drawn >= 90.0 else "poor")


@pytest.mark.slow
def test_the_living_tumour_is_what_the_pet_sees(made):
    """The activity in the outline follows the drawn SUV and the share that lives."""
    for study, case in zip(made.cohort.studies, made.cases, strict=True):
        lesion, pet = case.patient.lesions[0], study.data["pet"].read()
        mean = pet[study.truth.masks["pet"].read() > 0].mean()
        alive = lesion.suv * (1.0 - lesion.necrosis_after)
        assert 0.4 * alive < mean < 1.3 * (alive + 1.5)


@pytest.mark.slow
def test_the_tile_is_cut_from_the_slide_where_the_tumour_lives(made):
    for study in made.cohort.studies:
        slide, tile = study.data["slide"], study.data["tile"].read()
        whole = slide.read_region(0, 0, *slide.levels[0], 0).astype(float)
        assert tile.shape == (256, 256, 3)
        row, column = _found(whole, tile)
        there = whole[row : row + 256, column : column + 256]
        assert np.abs(there - tile).mean() < 6.0, "but for the compression of the slide"


def _found(whole: np.ndarray, tile: np.ndarray) -> tuple[int, int]:
    """Return where in the slide a tile lies: its corners are multiples of a map's cell, 8 pixels here."""
    rows, columns = (range(0, n - 255, 8) for n in whole.shape[:2])
    few = tile[::32, ::32]
    apart = {
        (r, c): np.abs(whole[r : r + 256 : 32, c : c + 256 : 32] - few).sum() for r in rows for c in columns
    }  # fmt: skip
    return min(apart, key=apart.__getitem__)


@pytest.mark.slow
def test_two_workers_and_a_restart_write_the_same_bytes_in_every_modality(made, tmp_path):
    order, begun = replace(ORDER, options=made.options()), tmp_path / "two.unfinished"
    writer._begin(order, begun)
    writer.make_patient(order, 1, begun)
    again = writer.cohort(order, out=tmp_path / "two", workers=2)
    assert _bytes(again) == _bytes(made.out)


def _bytes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.slow
def test_the_truth_holds_what_was_drawn_and_is_shown_to_nobody(made):
    with (made.out / "truth.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert float(rows[0]["necrosis_after"]) == pytest.approx(made.cases[0].patient.lesions[0].necrosis_after)
    assert float(rows[0]["latent_cell_density"]) == made.cases[0].patient.latents["cell density"]
    assert float(rows[0]["score_death"]) == pytest.approx(made.cases[0].scores["death"])
    studies: list[Study] = list(made.cohort.studies)
    assert all(set(study.truth.labels) == {"response", "grade"} for study in studies)
    assert all(set(study.truth.values) == {"necrosis_percent"} for study in studies)


def test_the_liveliest_place_of_a_slide_is_alive():
    from osteon.simulate.recipes_whole import _liveliest
    from osteon.simulate.tissue.histology_map import Composition, tissue_map

    tissue = tissue_map(Composition(necrosis_percent=70.0), rng=np.random.default_rng(3), size_um=(1500.0, 1500.0))
    x, y = _liveliest(tissue, side_um=256.0, um_per_pixel=1.0)
    cells = tissue.cells[y // 8 : y // 8 + 32, x // 8 : x // 8 + 32]
    assert cells.shape == (32, 32)
    assert (cells == Region.VIABLE).mean() > 2.0 * (tissue.cells == Region.VIABLE).mean()


def test_it_is_listed_and_says_what_is_linked():
    recipe = recipes.get(ORDER.recipe)
    assert any("cell density" in note for note in recipe.notes)
    assert not recipe.overlaps
