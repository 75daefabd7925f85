import numpy as np
import pytest
from dicom_maker import SECRET, ct_slices, item, save_all, volume_of
from pydicom.uid import LegacyConvertedEnhancedPETImageStorage, PositronEmissionTomographyImageStorage

from osteon.errors import InputError
from osteon.io import dicom

HALF_LIFE_S, DOSE_BQ, WEIGHT_KG = 6586.2, 350e6, 70.0


def dose(**changes):
    stated = {
        "RadionuclideTotalDose": DOSE_BQ,
        "RadionuclideHalfLife": HALF_LIFE_S,
        "RadiopharmaceuticalStartTime": "100000",
    } | changes
    return [item(**{k: v for k, v in stated.items() if v is not None})]


def pet(tmp_path, rng, *, before_save=None, **values):
    """Write three slices in kBq-like steps and return (image, stored values x slope)."""
    volume = volume_of(rng, (3, 4, 5))
    stated = {
        "modality": "PT", "sop_class": PositronEmissionTomographyImageStorage, "Units": "BQML",
        "DecayCorrection": "START", "CorrectedImage": ["DECY", "ATTN", "SCAT"], "PatientWeight": WEIGHT_KG,
        "RescaleSlope": 50.0, "RescaleIntercept": 0,
        "RescaleType": None, "SeriesDate": "20220301", "SeriesTime": "110000", "AcquisitionDate": "20220301",
        "AcquisitionTime": "110000", "RadiopharmaceuticalInformationSequence": dose(),
    } | values  # fmt: skip
    made, _ = ct_slices(volume, **stated)
    if before_save:
        before_save(made)
    save_all(made, tmp_path)
    return dicom.read(tmp_path), volume * 50.0


def expected(activity, seconds):
    return activity * WEIGHT_KG * 1000 / (DOSE_BQ * 0.5 ** (seconds / HALF_LIFE_S))


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({}, 3600),
        ({"DecayCorrection": "ADMIN"}, 0),
        ({"SeriesTime": "110000.000000"}, 3600),
        ({"RadiopharmaceuticalInformationSequence": dose(RadiopharmaceuticalStartDateTime="20220301093000")}, 5400),
        ({"RadiopharmaceuticalInformationSequence": dose(RadiopharmaceuticalStartDateTime="20220301093000.5")}, 5399.5),
        (
            {
                "RadiopharmaceuticalInformationSequence": dose(RadiopharmaceuticalStartDateTime="20220301083000+0000"),
                "TimezoneOffsetFromUTC": "+0100",
            },
            5400,
        ),
        (
            {
                "SeriesTime": "003000", "AcquisitionTime": "003000",
                "RadiopharmaceuticalInformationSequence": dose(RadiopharmaceuticalStartTime="233000"),
            },
            3600,
        ),
        # The series was made anew at noon; what was decay-corrected is the acquisition.
        ({"SeriesTime": "120000"}, 3600),
    ],
)  # fmt: skip
def test_suv_from_activity(values, seconds, tmp_path, rng):
    image, activity = pet(tmp_path, rng, **values)
    assert image.unit == "SUVbw"
    assert np.allclose(image.read(), expected(activity, seconds), rtol=1e-5)


def test_the_scan_begins_with_the_earliest_bed(tmp_path, rng):
    def beds(made):
        for index, one in enumerate(made):
            one.AcquisitionTime = f"11{index * 5:02d}00"
            one.SeriesTime = "130000"

    image, activity = pet(tmp_path, rng, before_save=beds)
    assert np.allclose(image.read(), expected(activity, 3600), rtol=1e-5)


def test_without_decay_correction_each_slice_has_its_own_time(tmp_path, rng):
    def beds(made):
        for index, one in enumerate(made):
            one.AcquisitionTime, one.ActualFrameDuration = f"11{index * 5:02d}00", 120000

    image, activity = pet(tmp_path, rng, before_save=beds, DecayCorrection="NONE")
    for index in range(3):
        assert np.allclose(image.read()[index], expected(activity[index], 3600 + index * 300 + 60), rtol=1e-5)


def test_ge_keeps_the_scan_time_in_a_private_element(tmp_path, rng):
    def private(made):
        for one in made:
            one.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20220301103000.00")

    image, activity = pet(tmp_path, rng, before_save=private, SeriesTime="120000")
    assert np.allclose(image.read(), expected(activity, 1800), rtol=1e-5)


def test_a_date_that_does_not_fit_falls_back_to_the_time_of_day_and_says_so(tmp_path, rng):
    given = dose(RadiopharmaceuticalStartDateTime="19990101100000")
    image, activity = pet(tmp_path, rng, RadiopharmaceuticalInformationSequence=given)
    assert np.allclose(image.read(), expected(activity, 3600), rtol=1e-5)
    assert "time of day alone" in image.notes[-1]


@pytest.mark.parametrize("kind", ["BW", None])
def test_gml_is_suv_already(kind, tmp_path, rng):
    image, stored = pet(tmp_path, rng, Units="GML", SUVType=kind, RadiopharmaceuticalInformationSequence=None)
    assert np.allclose(image.read(), stored)
    assert image.unit == "SUVbw"


@pytest.mark.parametrize(("element", "factor"), [(0x00, 0.001), (0x09, 4.0)])
def test_philips_counts_are_scaled_by_their_private_factors(element, factor, tmp_path, rng):
    def private(made):
        for one in made:
            one.private_block(0x7053, "Philips PET Private Group", create=True).add_new(element, "DS", str(factor))

    image, stored = pet(tmp_path, rng, before_save=private, Units="CNTS")
    wanted = stored * factor if element == 0 else expected(stored * factor, 3600)
    assert np.allclose(image.read(), wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"PatientWeight": None}, "does not state the body weight"),
        ({"PatientWeight": 0}, "body weight in kg cannot be"),
        ({"PatientWeight": 70000}, "body weight in kg cannot be"),
        ({"RadiopharmaceuticalInformationSequence": dose(RadionuclideTotalDose=None)}, "injected dose"),
        ({"RadiopharmaceuticalInformationSequence": dose(RadionuclideTotalDose=350)}, r"dose in Bq cannot be \(350"),
        ({"RadiopharmaceuticalInformationSequence": dose(RadionuclideHalfLife=None)}, "half-life"),
        (
            {"RadiopharmaceuticalInformationSequence": dose(RadiopharmaceuticalStartTime=None)},
            "injection time is missing",
        ),
        ({"RadiopharmaceuticalInformationSequence": None}, "injected dose"),
        ({"DecayCorrection": None}, "DecayCorrection"),
        ({"SeriesTime": None, "AcquisitionTime": None}, "neither a series nor an acquisition time"),
        ({"Units": None}, "states no Units"),
        ({"Units": None, "sop_class": LegacyConvertedEnhancedPETImageStorage}, "enhanced multi-frame PET"),
        ({"Units": "PROPCNTS"}, "unit that is not read"),
        ({"Units": "CNTS"}, "without Philips' factors"),
        ({"Units": "GML", "SUVType": "LBM"}, "body weight"),
        ({"CorrectedImage": ["DECY"]}, "without attenuation correction"),
        ({"DecayCorrection": "NONE", "AcquisitionTime": None}, "without an acquisition time"),
        (
            {
                "RadiopharmaceuticalInformationSequence": dose(
                    RadiopharmaceuticalStartTime="120000", RadionuclideHalfLife=122.0
                )
            },
            "half-lives before it",
        ),
    ],
)
def test_what_has_no_suv_is_refused_with_the_reason(values, match, tmp_path, rng):
    with pytest.raises(InputError, match=match) as caught:
        pet(tmp_path, rng, **values)
    assert caught.value.file
    assert SECRET not in str(caught.value)


def test_sts_pet_equals_the_volume_made_of_it_elsewhere(data_dir):
    nibabel = pytest.importorskip("nibabel")
    image = dicom.read(data_dir / "sts" / "dicom" / "STS_001" / "PET" / "image")
    other = nibabel.load(data_dir / "sts" / "nifti" / "STS_001" / "PET.nii.gz")
    assert image.unit == "SUVbw"
    assert np.allclose(image.read(), np.asarray(other.dataobj).T, atol=1e-4)
