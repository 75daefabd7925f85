"""What a simulated file says of itself, and the note that an image read from one carries.

DICOM says it in its header (`dicom_simulated`); formats with room for one line, as PNG and NIfTI, hold `SAYS`.
"""

from __future__ import annotations

SAYS = "Simulated by osteon; not a patient."
MODEL = "osteon simulate"
"""ManufacturerModelName of simulated DICOM."""

NOTE = "The image is simulated: no patient was imaged, and no reading of it is clinical evidence."


def notes_of(said: str | None) -> tuple[str, ...]:
    """Return the note of an image whose file says this of itself: none unless it says that it is simulated.

    >>> notes_of(SAYS) == notes_of(MODEL) == (NOTE,)
    True
    >>> notes_of("A hand"), notes_of(None)
    ((), ())
    """
    return (NOTE,) if said and said.startswith((SAYS, MODEL)) else ()
