"""The table of tissues: whole, in order, and in Hounsfield units what a scanner would say."""

import numpy as np
import pytest

from osteon.geometry import volume_grid
from osteon.simulate.person.body import Body, lookup
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation

SOFT = (Tissue.MUSCLE, Tissue.ORGAN, Tissue.LIVER, Tissue.KIDNEY, Tissue.TUMOUR, Tissue.CHONDROID, Tissue.FIBROUS)
MINERAL = (Tissue.CORTICAL, Tissue.SCLEROSIS, Tissue.OSTEOID, Tissue.PERIOSTEAL_BONE, Tissue.CALCIFIED_CHONDROID)
WATER_PER_CM_AT_70 = 0.1929
"""NIST: linear attenuation of water at 70 keV."""


@pytest.fixture(scope="module")
def hounsfield():
    per_mm = tissue_attenuation(tuple(TABLE), np.array([70.0]))
    values = 10 * np.asarray(per_mm).reshape(len(TABLE))
    return dict(zip(TABLE, 1000 * (values - WATER_PER_CM_AT_70) / WATER_PER_CM_AT_70, strict=True))


def test_every_tissue_has_a_row_whose_elements_are_all_of_it():
    assert set(TABLE) == set(Tissue)
    for row in TABLE.values():
        assert sum(row.elements.values()) == pytest.approx(1)
        assert min(row.elements.values()) > 0


@pytest.mark.parametrize(
    ("tissue", "low", "high"),
    [
        (Tissue.AIR, -1001, -995),
        (Tissue.LUNG, -800, -650),
        (Tissue.FAT, -130, -60),
        (Tissue.URINE, -10, 40),
        (Tissue.CYST_FLUID, -10, 40),
        (Tissue.MUSCLE, 30, 80),
        (Tissue.LIVER, 30, 90),
        (Tissue.TRABECULAR, 200, 500),
        (Tissue.GROUND_GLASS, 150, 700),
        (Tissue.CORTICAL, 1300, 2100),
        (Tissue.METAL, 5000, 12000),
    ],
)
def test_tissues_have_the_numbers_a_ct_shows(hounsfield, tissue, low, high):
    assert low < hounsfield[tissue] < high


def test_mineral_is_denser_than_soft_tissue_and_fat_is_lighter(hounsfield):
    assert min(hounsfield[t] for t in MINERAL) > 400
    assert max(hounsfield[t] for t in SOFT) < 200
    assert hounsfield[Tissue.FAT] < min(hounsfield[t] for t in SOFT)


def test_relaxation_is_in_the_order_that_makes_the_contrast():
    t1, t2 = ({t: getattr(row, name) for t, row in TABLE.items()} for name in ("t1_ms", "t2_ms"))
    assert t1[Tissue.FAT] < t1[Tissue.LIVER] < t1[Tissue.MUSCLE] < t1[Tissue.TUMOUR] < t1[Tissue.URINE]
    assert t2[Tissue.CORTICAL] < t2[Tissue.MUSCLE] < t2[Tissue.TUMOUR] < t2[Tissue.CYST_FLUID]
    assert all(row.t2_ms <= row.t1_ms for row in TABLE.values())


def test_dead_tumour_lets_water_move_and_takes_up_nothing():
    living, dead = TABLE[Tissue.TUMOUR], TABLE[Tissue.NECROSIS]
    assert dead.adc_um2_per_ms > 1.5 * living.adc_um2_per_ms
    assert dead.fdg_suv < 0.3 * living.fdg_suv
    assert dead.bone_tracer < 0.3 * living.bone_tracer
    assert all(0 <= row.adc_um2_per_ms <= 3 for row in TABLE.values())


def test_a_body_looks_its_tissues_up_and_scales_their_density():
    grid = volume_grid((1, 1, 3), np.eye(4))
    tissue = np.array([[[Tissue.FAT, Tissue.CORTICAL, Tissue.AIR]]], dtype=np.uint8)
    nothing = np.zeros_like(tissue)
    plain = Body(grid=grid, tissue=tissue, bone=nothing, lesion=nothing)
    assert plain.of("t1_ms").ravel().tolist() == [260, 1000, 1000]
    assert plain.density_g_per_cm3.ravel().tolist() == pytest.approx([0.95, 1.92, 0.0012], rel=1e-5)
    thin = Body(
        grid=grid, tissue=tissue, bone=nothing, lesion=nothing, density_scale=np.full(tissue.shape, 0.5, np.float32)
    )
    assert np.allclose(thin.density_g_per_cm3, plain.density_g_per_cm3 / 2)


def test_a_value_that_is_no_tissue_has_nothing():
    assert lookup("density_g_per_cm3")[250] == 0
    assert lookup("fdg_suv").shape == (256,)
