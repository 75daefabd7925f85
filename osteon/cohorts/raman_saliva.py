"""Raman spectra of saliva: 2,501 spectra of 101 people, COVID positive, recovered or negative, and controls.

Not cancer: a stand-in that has what serum spectra have, many noisy spectra a person. One layout:
`spectra.npz` with `raman_shift_per_cm`, `counts`, `patient` and `category`, a row a spectrum.

One study a spectrum, with the input `spectrum` and the label `label` (COV+, COV-, CTRL). The set's own
ids are public pseudonyms, so they are not hashed. They tell the class, and so would any file name
made of them: no system may see them, and none does.

Bertazioli D. et al., Comput Biol Med 2024;171:108028. No licence is stated.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from osteon.errors import CohortError
from osteon.types import Cohort, Evidence, Source, Spectrum, Study, Truth

FILE = "spectra.npz"
ARRAYS = ("raman_shift_per_cm", "counts", "patient", "category")


def recognise(root: Path) -> bool:
    """Return whether `root` holds the spectra."""
    if not (root / FILE).is_file() or not zipfile.is_zipfile(root / FILE):
        return False
    with zipfile.ZipFile(root / FILE) as archive:
        return {f"{name}.npy" for name in ARRAYS} <= set(archive.namelist())


def load(root: Path) -> Cohort:
    """Return the spectra in `root`.

    Raises:
        CohortError: The arrays do not fit each other.

    """
    path = root / FILE
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            shifts, counts, patients, categories = (arrays[name] for name in ARRAYS)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        msg = "The file is damaged; download it again."
        raise CohortError(msg, file=FILE) from error
    if counts.ndim != 2 or shifts.shape != counts.shape or not len(counts) == len(patients) == len(categories):
        msg = f"The arrays do not fit: shifts {shifts.shape}, counts {counts.shape}, {len(patients)} patients."
        raise CohortError(msg, file=FILE)
    seen: Counter[str] = Counter()
    studies = []
    for row, (patient, word) in enumerate(zip(patients.tolist(), categories.tolist(), strict=True)):
        seen[patient] += 1
        datum = Spectrum(shift_per_cm=shifts[row], counts=counts[row], sources=(Source(path=path),))
        studies.append(
            Study(
                name=f"{patient}-{seen[patient]:03d}",
                patient=patient,
                data={"spectrum": datum},
                truth=Truth(labels={"label": word}),
                origins={"spectrum": f"{FILE} row {row}"},
            )
        )
    return Cohort(
        name="raman-saliva",
        studies=tuple(studies),
        evidence=Evidence.SURROGATE,
        licence="none stated: research use, weights not published",
        citation="Bertazioli D. et al. Comput Biol Med 2024;171:108028",
        notes=("Saliva of people with and without COVID-19, not cancer: every figure is a surrogate.",),
        fingerprint=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
