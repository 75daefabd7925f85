from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import find_peaks
from scipy.stats import norm

from osteon.errors import RequestError
from osteon.simulate.tissue import raman
from osteon.transforms.despike import despike

CALM = raman.Instrument(read_noise=0.0, rays=0.0, fluorescence=0.0)


def peaks(instrument, counts):
    found, _ = find_peaks(counts, prominence=0.02 * counts.max())
    return instrument.axis_per_cm[found]


def test_peaks_are_where_they_were_drawn():
    mixture = {"hydroxyapatite": 1.0, "carotenoid": 1.0}
    found = peaks(CALM, raman.expected(mixture, instrument=CALM))
    for shift in (431, 960, 1071, 1157, 1518):
        assert np.abs(found - shift).min() < 2.0


def test_an_instruments_axis_moves_them():
    other = replace(CALM, offset_per_cm=6.0, stretch=1.004)
    found = peaks(other, raman.expected({"hydroxyapatite": 1.0, "carotenoid": 1.0}, instrument=other))
    for shift in (960, 1518):
        assert np.abs(found - (1000 + (shift - 1000) * 1.004 + 6)).min() < 1.5


def test_noise_follows_poissons_law(rng):
    """The variance over repeats of one spectrum is its mean, at every level of light."""
    mean = raman.expected(raman.serum(), instrument=CALM)
    shots = np.stack([raman.measure(raman.serum(), instrument=CALM, rng=rng).counts for _ in range(300)])
    ratio = shots.var(axis=0) / shots.mean(axis=0)
    for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 1.0)):
        assert ratio[(mean >= np.quantile(mean, low)) & (mean <= np.quantile(mean, high))].mean() == pytest.approx(
            1.0, abs=0.03
        )


def test_measured_noise_is_shot_noise_plus_the_detectors(rng):
    instrument = replace(CALM, read_noise=30.0)
    mean = raman.expected(raman.serum(), instrument=instrument)
    shots = np.stack([raman.measure(raman.serum(), instrument=instrument, rng=rng).counts for _ in range(300)])
    bright = mean > 200
    assert shots[:, bright].mean(axis=0) == pytest.approx(mean[bright], rel=0.03)
    assert (shots.var(axis=0) / (mean + 900))[bright].mean() == pytest.approx(1.0, abs=0.03)


def test_cosmic_rays_stand_out_and_are_taken_off(rng):
    instrument = replace(CALM, rays=3.0)
    spectrum = raman.measure(raman.serum(), instrument=instrument, rng=rng)
    mean = raman.expected(raman.serum(), instrument=instrument)
    above = spectrum.counts - mean > 20 * np.sqrt(mean + 1)
    assert 1 <= above.sum() <= 12
    assert not (despike(spectrum.counts) - mean > 20 * np.sqrt(mean + 1)).any()


def test_the_stated_ceiling_is_that_of_the_drawn_mixtures(rng):
    """The likelihood ratio on 4,000 drawn patients reaches it, and so nothing can do better."""
    means = raman.serum(), raman.serum(effect=0.6)
    drawn = [[raman.draw_patient(mean, rng=rng) for _ in range(2000)] for mean in means]
    names = list(means[0])
    weights = np.array([np.log(means[1][n] / means[0][n]) / raman.SPREAD[n] ** 2 for n in names])
    low, high = (np.log([[p[n] for n in names] for p in group]) @ weights for group in drawn)
    auroc = (low[:, None] < high[None]).mean()
    assert auroc == pytest.approx(raman.ideal_auroc(*means), abs=0.015)
    assert raman.ideal_auroc(means[0], means[0]) == 0.5
    assert raman.ideal_auroc(*means) < raman.ideal_auroc(means[0], raman.serum(effect=1.2)) < norm.cdf(3)


def test_tissue_is_what_it_is_made_of():
    axis = CALM.axis_per_cm

    def height(shift, **of):
        return raman.expected(raman.tissue(**of), instrument=CALM)[np.abs(axis - shift).argmin()]

    assert height(960, mineral=0.8) > 5 * height(960)
    assert height(1063, cartilage=0.9) > 1.5 * height(1063)
    assert height(785, effect=1.0) > height(785)
    assert height(855, effect=1.0) < height(855)


def test_repeats_are_one_patient(rng):
    """Spectra of one patient are nearer to each other than to another's; three is the default."""
    instrument = replace(raman.Instrument(), fluorescence=0.0, rays=0.0)
    patients = [raman.draw_patient(raman.serum(), rng=rng) for _ in range(12)]
    sets = np.array([[s.counts for s in raman.spectra(p, instrument=instrument, rng=rng)] for p in patients])
    assert sets.shape[:2] == (12, 3)
    within = sets.std(axis=1).mean()
    assert sets.mean(axis=1).std(axis=0).mean() > 1.5 * within


def test_one_seed_one_spectrum():
    one, same = (
        raman.measure(raman.serum(), instrument=raman.Instrument(), rng=np.random.default_rng(3)) for _ in "ab"
    )
    assert one.counts.tobytes() == same.counts.tobytes()
    assert (one.counts >= 0).all()
    assert (np.diff(one.shift_per_cm) > 0).all()


def test_sites_have_instruments_of_their_own(rng):
    drawn = [raman.draw_instrument(rng) for _ in range(300)]
    assert np.std([i.offset_per_cm for i in drawn]) == pytest.approx(2.0, rel=0.15)
    assert len({i.resolution_per_cm for i in drawn}) == 300


def test_what_cannot_be_meant_is_refused(rng):
    with pytest.raises(RequestError, match="hydroxyapatite"):
        raman.expected({"kryptonite": 1.0}, instrument=CALM)
    with pytest.raises(RequestError, match="at most 1"):
        raman.tissue(mineral=0.7, cartilage=0.5)
    with pytest.raises(RequestError, match="at least one"):
        raman.spectra(raman.serum(), instrument=CALM, rng=rng, repeats=0)
