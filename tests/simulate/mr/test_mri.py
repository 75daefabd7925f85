from dataclasses import replace

import numpy as np
import pytest

from osteon import geometry
from osteon.errors import RequestError
from osteon.models.tofts import Kinetics
from osteon.simulate.mr import mri
from osteon.simulate.mr.mr_look import Look
from osteon.simulate.mr.slices import Stack
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import TABLE, Tissue

QUIET = mri.Scanner(noise=None)
STACK = Stack(slice_mm=4.0, gap_mm=0.0, pixel_mm=1.0)


def ball(inside=Tissue.TUMOUR, around=Tissue.MUSCLE, side=40, radius=12.0):
    """Return a ball (lesion 1) of one tissue in a box of another, at 1 mm."""
    affine = np.array([[0, 0, 1.0, -side / 2], [0, 1, 0, -side / 2], [1, 0, 0, 0], [0, 0, 0, 1]])
    place = np.indices((side,) * 3) - (side - 1) / 2
    lesion = ((place**2).sum(0) <= radius**2).astype(np.uint8)
    tissue = np.where(lesion, inside, around).astype(np.uint8)
    grid = geometry.volume_grid((side,) * 3, affine)
    return Body(grid=grid, tissue=tissue, bone=np.zeros_like(tissue), lesion=lesion)


def seen(scan, *, label=1):
    """Return the pixels of a scan deep in the lesion, or far from it."""
    pixels = scan.image.read()
    middle = tuple(n // 2 for n in pixels.shape)
    return pixels[middle] if label else pixels[1, 1, 1]


@pytest.mark.parametrize("tissue", [Tissue.TUMOUR, Tissue.FAT, Tissue.CYST_FLUID])
def test_t2_and_t1_of_a_tissue_come_back_from_its_images(tissue):
    body, row = ball(tissue), TABLE[tissue]
    echoes = [replace(mri.T1, tr_ms=1e5, te_ms=te) for te in (20.0, 60.0)]
    first, second = (seen(mri.scan(body, sequence=s, stack=STACK, scanner=QUIET)) for s in echoes)
    assert 40.0 / np.log(first / second) == pytest.approx(row.t2_ms, rel=0.01)
    angles = (3.0, 20.0)
    tissue_echo = [replace(mri.T1, echo="gradient", tr_ms=10.0, te_ms=2.0, flip_degrees=a) for a in angles]
    signals = [seen(mri.scan(body, sequence=s, stack=STACK, scanner=QUIET)) for s in tissue_echo]
    y, x = (np.array(signals) / f(np.radians(angles)) for f in (np.sin, np.tan))
    slope = (y[1] - y[0]) / (x[1] - x[0])
    assert -10.0 / np.log(slope) == pytest.approx(row.t1_ms, rel=0.01)


def test_sequences_show_what_radiologists_expect():
    """Fat bright on T1 and dark once saturated; fluid dark on T1, bright on T2; tumour enhances, a cyst does not."""
    fat = ball(Tissue.FAT)
    assert seen(mri.scan(fat, sequence=mri.T1, stack=STACK, scanner=QUIET)) > 2 * seen(
        mri.scan(fat, sequence=mri.T1_FAT_SATURATED, stack=STACK, scanner=QUIET)
    )
    cyst = ball(Tissue.CYST_FLUID)
    t1, t2 = (mri.scan(cyst, sequence=s, stack=STACK, scanner=QUIET) for s in (mri.T1, mri.T2_FAT_SATURATED))
    assert seen(t1) < seen(t1, label=0)
    assert seen(t2) > 2 * seen(t2, label=0)
    for tissue, rises in ((Tissue.TUMOUR, True), (Tissue.CYST_FLUID, False)):
        body = ball(tissue)
        before, after = (
            mri.scan(body, sequence=s, stack=STACK, scanner=QUIET)
            for s in (mri.T1_FAT_SATURATED, mri.T1_FAT_SATURATED_CONTRAST)
        )
        enhancement = seen(mri.subtract(after, before)) / seen(before)
        assert (enhancement > 0.3) == rises
        assert rises or enhancement == pytest.approx(0.0, abs=1e-6)


def test_adc_map_is_the_tissues_own():
    body = ball()
    scan = mri.scan(body, sequence=mri.ADC, stack=STACK, scanner=QUIET)
    assert scan.image.unit == "um2/ms"
    assert seen(scan) == pytest.approx(TABLE[Tissue.TUMOUR].adc_um2_per_ms, rel=0.01)
    assert seen(scan, label=0) == pytest.approx(TABLE[Tissue.MUSCLE].adc_um2_per_ms, rel=0.01)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_the_lesion_has_one_volume_from_every_direction(plane):
    body = ball(radius=13.0)
    stack = Stack(plane=plane, slice_mm=5.0, gap_mm=0.5, pixel_mm=0.8)
    scan = mri.scan(body, sequence=mri.T1, stack=stack, scanner=QUIET)
    assert scan.mask.grid == scan.image.grid
    assert scan.mask.read().sum() * geometry.voxel_ml(scan.mask.grid) == pytest.approx(
        body.lesion.sum() / 1e3, rel=0.05
    )


def test_noise_is_rician(rng):
    """In air its mean is that of Rayleigh's law, in strong signal its deviation is that of a channel."""
    body = ball(Tissue.FAT, around=Tissue.AIR)
    scanner = mri.Scanner(noise=0.01, gain=1000.0)
    pixels = mri.scan(body, sequence=mri.T1, stack=STACK, scanner=scanner, rng=rng).image.read()
    clean = mri.scan(body, sequence=mri.T1, stack=STACK, scanner=QUIET).image.read()
    assert pixels[clean == 0].mean() == pytest.approx(10.0 * np.sqrt(np.pi / 2), rel=0.02)
    assert (pixels - clean)[clean > 300].std() == pytest.approx(10.0, rel=0.05)


def test_one_seed_one_image():
    body = ball()
    one, other = (
        mri.scan(body, sequence=mri.T1, stack=STACK, rng=np.random.default_rng(5)).image.read() for _ in range(2)
    )
    assert one.tobytes() == other.tobytes()


def test_coil_shades_smoothly_and_alike_in_every_sequence(rng):
    coil = mri.draw_coil(rng)
    body = ball()
    ratios = []
    for sequence in (mri.T1, mri.T2_FAT_SATURATED):
        shaded = mri.scan(body, sequence=sequence, stack=STACK, scanner=mri.Scanner(noise=None, coil=coil))
        ratios.append(shaded.image.read() / mri.scan(body, sequence=sequence, stack=STACK, scanner=QUIET).image.read())
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-4)
    assert ratios[0].std() > 0.01
    assert np.abs(np.diff(ratios[0], axis=2)).max() < 0.02
    assert seen_middle(ratios[0]) == pytest.approx(1.0, abs=0.02)


def seen_middle(values):
    return values[tuple(n // 2 for n in values.shape)]


def test_a_look_changes_its_own_lesion_only():
    body = ball()
    look = Look(t2=1.5, adc=0.6, kinetics=Kinetics(ktrans_per_min=0.0, ve=0.3, vp=0.0))
    plain, own = (
        mri.scan(body, sequence=mri.T2_FAT_SATURATED, stack=STACK, scanner=QUIET, looks=looks)
        for looks in (None, {1: look})
    )
    assert seen(own) > 1.1 * seen(plain)
    assert seen(own, label=0) == seen(plain, label=0)
    adc = mri.scan(body, sequence=mri.ADC, stack=STACK, scanner=QUIET, looks={1: look})
    assert seen(adc) == pytest.approx(0.6 * TABLE[Tissue.TUMOUR].adc_um2_per_ms, rel=0.01)
    before, after = (
        mri.scan(body, sequence=s, stack=STACK, scanner=QUIET, looks={1: look})
        for s in (mri.T1_FAT_SATURATED, mri.T1_FAT_SATURATED_CONTRAST)
    )
    assert seen(mri.subtract(after, before)) == pytest.approx(0.0, abs=1e-3)


def test_texture_lies_where_it_lies_whatever_the_grid():
    body, look = ball(radius=14.0), Look(spread=0.2, length_mm=8.0, seed=11)
    thin = Stack(slice_mm=1.0, gap_mm=0.0, pixel_mm=1.0)
    other = replace(
        body, grid=geometry.volume_grid(body.grid.shape, geometry.matrix(body.grid) @ np.diag([1, 1, 1, 1]))
    )
    one, two = (
        mri.scan(b, sequence=mri.T2_FAT_SATURATED, stack=s, scanner=QUIET, looks={1: look}).image
        for b, s in ((body, thin), (other, replace(thin, plane="coronal")))
    )
    inside = np.argwhere(body.lesion)[::50]
    mm = geometry.to_mm(body.grid, inside)
    values = [i.read()[tuple(np.rint(geometry.to_index(i.grid, mm)).astype(int).T)] for i in (one, two)]
    assert np.corrcoef(values)[0, 1] > 0.99
    assert np.std(values[0]) / np.mean(values[0]) > 0.05


def test_shares_of_tissue_tell_viable_from_necrotic():
    body = ball()
    tissue = body.tissue.copy()
    tissue[:20][body.lesion[:20] > 0] = Tissue.NECROSIS
    body = replace(body, tissue=tissue)
    scan = mri.scan(body, sequence=mri.T1, stack=STACK, scanner=QUIET)
    dead = mri.share(body, [Tissue.NECROSIS], grid=scan.image.grid, stack=STACK)
    living = mri.share(body, [Tissue.TUMOUR], grid=scan.image.grid, stack=STACK)
    assert dead.sum() == pytest.approx(living.sum(), rel=0.02)
    assert (dead + living)[scan.mask.read() > 0].min() >= 0.5


def test_facts_say_how_it_was_made_and_that_it_is_simulated():
    scan = mri.scan(ball(), sequence=mri.T1_FAT_SATURATED_CONTRAST, stack=STACK, scanner=QUIET)
    facts = scan.image.facts
    assert facts["ScanOptions"] == "FS"
    assert facts["ContrastBolusAgent"] == "gadolinium"
    assert facts["RepetitionTime"] == mri.T1.tr_ms
    assert "simulated" in facts["SeriesDescription"]
    assert any("Simulated" in note for note in scan.image.notes)
    assert scan.image.modality == "MR"


def test_what_cannot_be_meant_is_refused(rng):
    body = ball()
    with pytest.raises(RequestError, match="TE"):
        mri.scan(body, sequence=replace(mri.T1, te_ms=900.0), stack=STACK, rng=rng)
    with pytest.raises(RequestError, match="generator"):
        mri.scan(body, sequence=mri.T1, stack=STACK)
    one, other = (
        mri.scan(body, sequence=mri.T1, stack=s, scanner=QUIET) for s in (STACK, replace(STACK, plane="coronal"))
    )
    with pytest.raises(RequestError, match="stack"):
        mri.subtract(one, other)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_body_held_in_either_order_gives_the_same_image(order):
    """Files give volumes whose first axis runs fastest: the look of a lesion must not get lost in a copy."""
    body = ball(radius=8.0, side=24)
    held = replace(
        body, tissue=np.asarray(body.tissue, order=order), lesion=np.asarray(body.lesion, order=order),
        bone=np.asarray(body.bone, order=order),
    )  # fmt: skip
    look = Look(t2=1.6, spread=0.1, seed=3)
    one, other = (
        mri.scan(b, sequence=mri.T2_FAT_SATURATED, stack=STACK, scanner=QUIET, looks={1: look}) for b in (body, held)
    )
    assert seen(one) > 1.2 * seen(mri.scan(body, sequence=mri.T2_FAT_SATURATED, stack=STACK, scanner=QUIET))
    assert (one.image.read() == other.image.read()).all()
    assert (one.mask.read() == other.mask.read()).all()


def test_an_inversion_of_180_ms_nulls_fat_and_the_magnitude_comes_back_on_both_sides():
    fat = ball(Tissue.FAT)
    null = TABLE[Tissue.FAT].t1_ms * np.log(2.0)
    assert null == pytest.approx(180.0, rel=0.02)
    stir = replace(mri.T1, tr_ms=5000.0, te_ms=30.0)
    levels = [
        seen(mri.scan(fat, sequence=replace(stir, inversion_ms=ti), stack=STACK, scanner=QUIET))
        for ti in (60.0, null, 600.0)
    ]
    assert levels[1] < 0.01 * min(levels[0], levels[2])
    muscle = seen(mri.scan(fat, sequence=replace(stir, inversion_ms=null), stack=STACK, scanner=QUIET), label=0)
    assert muscle > 30.0 * levels[1]


def test_air_gives_nothing_and_metal_a_void():
    for tissue in (Tissue.AIR, Tissue.METAL):
        body = ball(tissue)
        for sequence in mri.PROTOCOL:
            assert seen(mri.scan(body, sequence=sequence, stack=STACK, scanner=QUIET)) == 0.0


def test_fat_saturation_takes_its_share_of_the_fat_alone():
    half = replace(mri.T1, fat_saturation=0.5)
    fat, plain = (seen(mri.scan(ball(Tissue.FAT), sequence=s, stack=STACK, scanner=QUIET)) for s in (half, mri.T1))
    assert fat / plain == pytest.approx(1.0 - 0.5 * 0.95, rel=1e-4)
    body = ball(Tissue.CYST_FLUID)
    wet, same = (seen(mri.scan(body, sequence=s, stack=STACK, scanner=QUIET)) for s in (half, mri.T1))
    assert wet == pytest.approx(same, rel=1e-6)


def test_two_lesions_have_each_their_look():
    body = ball(radius=14.0)
    lesion = body.lesion.copy()
    lesion[:, :, 20:][lesion[:, :, 20:] > 0] = 2
    body = replace(body, lesion=lesion)
    looks = {1: Look(t2=0.5), 2: Look(t2=2.0)}
    plain, own = (
        mri.scan(body, sequence=mri.T2_FAT_SATURATED, stack=STACK, scanner=QUIET, looks=given).image.read()
        for given in (None, looks)
    )
    ratio = own[5, 20] / plain[5, 20]
    assert (ratio[9:18] < 0.7).all()
    assert (ratio[22:31] > 1.3).all()
    assert ratio[:5] == pytest.approx(1.0)
    assert set(np.unique(mri.scan(body, sequence=mri.T1, stack=STACK, scanner=QUIET).mask.read())) == {0, 1, 2}


def test_a_coil_shades_by_the_place_in_mm_whatever_the_stack():
    body = ball(Tissue.MUSCLE)
    scanner = mri.Scanner(noise=None, coil=(0.8, -0.4, 0.3, 0.1, 0.0, -0.2, 0.05, 0.0, 0.1))
    images = [
        mri.scan(body, sequence=mri.T1, stack=Stack(plane=p, slice_mm=2.0, gap_mm=0.0, pixel_mm=1.0), scanner=scanner)
        for p in ("axial", "sagittal")
    ]
    mm = np.array([[-8.0, 3.0, 12.0], [5.0, -9.0, 20.0], [10.0, 10.0, 30.0]])
    values = [i.image.read()[tuple(np.rint(geometry.to_index(i.image.grid, mm)).astype(int).T)] for i in images]
    np.testing.assert_allclose(*values, rtol=0.01)
    middle = geometry.to_mm(body.grid, (np.array(body.grid.shape) - 1) / 2)
    sides = mri.sensitivity(body.grid, coil=scanner.coil, centre_mm=middle)
    assert sides[20, 20, -1] > sides[20, 20, 0], "a rise in x is brighter on the patient's left"
    assert sides[20, -1, 20] < sides[20, 0, 20]


def test_an_adc_map_of_noise_is_zero_and_never_negative(rng):
    body = ball(Tissue.TUMOUR, around=Tissue.AIR)
    adc = mri.scan(body, sequence=mri.ADC, stack=STACK, scanner=mri.Scanner(noise=0.01), rng=rng).image.read()
    assert adc.min() >= 0.0
    assert (adc[:, :3, :3] == 0.0).mean() > 0.99
    assert np.median(adc[3:7, 15:25, 15:25]) == pytest.approx(TABLE[Tissue.TUMOUR].adc_um2_per_ms, rel=0.1)
