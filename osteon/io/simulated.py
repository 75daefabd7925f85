"""What a simulated file says of itself, and the note that what is read from one carries.

DICOM says it in its header (`dicom_simulated`); formats with room for one line, as PNG, NIfTI and TIFF, hold `SAYS`; a
table of counts, which has none, calls its column `COUNTS`.
"""

from __future__ import annotations

SAYS = "Simulated by osteon; not a patient."
MODEL = "osteon simulate"
"""ManufacturerModelName of simulated DICOM."""

COUNTS = "simulated_counts"
"""Column of the counts of a simulated spectrum or of genes."""

NOTE = "It is simulated: no patient was examined, and no reading of it is clinical evidence."


def notes_of(said: str | None) -> tuple[str, ...]:
    """Return the note of what was read from a file that says this of itself: none unless it says that it is simulated.

    >>> notes_of(SAYS) == notes_of(MODEL) == (NOTE,)
    True
    >>> notes_of("A hand"), notes_of(None)
    ((), ())
    """
    return (NOTE,) if said and said.startswith((SAYS, MODEL)) else ()
