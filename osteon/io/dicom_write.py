r"""Simulated images to DICOM: the one door to its writers.

    film(path, pixels=, grid=, patient=, series=)            CR or DX
    ct(folder, hu=, grid=, patient=, series=)                HU
    mr(folder, values=, grid=, patient=, series=)            also dynamic, with `times_s`
    pet(folder, bq_per_ml=, grid=, patient=, series=, dose=) reads back in SUVbw
    bone_scan(path, views=, spacing_mm=, patient=, series=)  a frame of counts a view
    spect(path, counts=, grid=, patient=, series=)           reconstructed

Every file says that it is simulated: PatientName SIMULATED, PatientID SIM-..., SeriesDescription SIMULATED ...,
ImageType DERIVED\SECONDARY (in NM and PET DERIVED\PRIMARY: their standard knows no other word). The same arguments
give the same bytes.
"""

from osteon.io.dicom_simulated import SimulatedPatient, SimulatedSeries
from osteon.io.dicom_write_projection import bone_scan, film, spect
from osteon.io.dicom_write_slices import Dose, ct, mr, pet

__all__ = ["Dose", "SimulatedPatient", "SimulatedSeries", "bone_scan", "ct", "film", "mr", "pet", "spect"]
