import numpy as np
import pytest
from scipy.stats import entropy

from osteon.reading import findings
from osteon.reading.findings import Draft
from osteon.types import Finding, Grid, Image, Maker, Prediction

MAKER = Maker(system="s")


def draft(mask, *, grid=None, notes=()):
    grid = grid or Grid(shape=mask.shape)
    image = Image(grid=grid, modality="CR", load=lambda: np.zeros(mask.shape), notes=notes)
    odds = {"normal": 0.2, "benign": 0.5, "malignant": 0.3}
    finding = Finding(system="s", task="t", study="x", probabilities=odds, belief=0.8, maker=MAKER)
    return Draft(finding=finding, image=image, mask=mask, heat=mask.astype(np.float32))


def test_uncertainty_is_scipy_s_entropy_over_its_largest(rng):
    p = rng.dirichlet(np.ones(4))
    expected = entropy(p) / np.log(4)
    assert findings.uncertainty(dict(zip("abcd", p, strict=True))) == pytest.approx(expected)


def test_belief_is_the_probability_of_a_lesion():
    assert findings.lesion_probability({"normal": 0.2, "benign": 0.5, "malignant": 0.3}) == pytest.approx(0.8)
    assert findings.lesion_probability({"benign": 0.7, "malignant": 0.3}) == 0.7


def test_members_are_averaged():
    members = [Prediction(study="s", patient="p", task="t", probabilities={"a": a, "b": 1 - a}) for a in (0.2, 0.6)]
    assert findings.averaged(members) == pytest.approx({"a": 0.4, "b": 0.6})
    assert findings.averaged([]) == {}


def test_a_located_finding_is_measured_in_pixels_without_spacing():
    mask = np.zeros((20, 20), np.uint8)
    mask[3:6, 4:8] = 1
    found = findings.located(draft(mask)).finding
    assert found.box_px == (3, 4, 6, 8)
    assert found.measurements == {"area_px": 12.0, "longest_diameter_px": 5.0, "parts": 1.0}
    assert any("no pixel spacing" in note for note in found.notes)


def test_and_in_mm_with_it_and_says_when_that_is_the_detector_s():
    mask = np.zeros((20, 20), np.uint8)
    mask[3:6, 4:8] = 1
    grid = Grid(shape=(20, 20), spacing_mm=(0.5, 0.5), spacing_at="detector")
    found = findings.located(draft(mask, grid=grid)).finding
    assert found.measurements == {"area_mm2": 3.0, "longest_diameter_mm": 2.5, "parts": 1.0}
    assert any("detector" in note for note in found.notes)
    assert findings.located(draft(mask, grid=grid, notes=("About spacing.",))).finding.notes == ()


def test_an_empty_mask_is_no_location():
    found = findings.located(draft(np.zeros((5, 5), np.uint8)))
    assert found.mask is None
    assert found.finding.box_px is None


def test_what_is_withheld_says_nothing():
    found = findings.withheld(draft(np.ones((5, 5), np.uint8)), why="It is noise.")
    assert set(found.finding.probabilities.values()) == {1 / 3}
    assert found.finding.uncertainty == 1
    assert found.finding.belief == 0
    assert found.finding.out_of_distribution
    assert found.mask is found.heat is None


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_uncertainty_is_least_for_one_class_and_most_for_all_alike(rng, classes):
    names = [str(i) for i in range(classes)]
    sure = dict(zip(names, np.eye(classes)[0].tolist(), strict=True))
    alike = dict.fromkeys(names, 1 / classes)
    between = dict(zip(names, rng.dirichlet(np.ones(classes)).tolist(), strict=True))
    assert findings.uncertainty(sure) == 0 < findings.uncertainty(between) < findings.uncertainty(alike)
    assert findings.uncertainty(alike) == pytest.approx(1)
    shuffled = dict(zip(names, list(between.values())[::-1], strict=True))
    assert findings.uncertainty(shuffled) == pytest.approx(findings.uncertainty(between))
    assert findings.uncertainty({"only": 1.0}) == 0


def test_a_volume_has_its_box_in_voxels_and_its_size_in_ml():
    mask = np.zeros((4, 10, 10), np.uint8)
    mask[1:3, 2:7, 3:5] = 1
    affine = ((0.0, 0.0, 2.0, 0.0), (0.0, 2.0, 0.0, 0.0), (5.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    grid = Grid(shape=mask.shape, spacing_mm=(5.0, 2.0, 2.0), affine=affine)
    found = findings.located(draft(mask, grid=grid)).finding
    assert found.box_px is None
    assert found.box_voxels == (1, 2, 3, 3, 7, 5)
    assert found.measurements["volume_ml"] == pytest.approx(20 * 5 * 2 * 2 / 1000)
