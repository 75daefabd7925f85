"""Every exception osteon raises.

    OsteonError
    ├── RequestError            exit 2: what was asked for cannot be meant
    │   └── MissingExtraError   exit 2: an optional package is not installed
    ├── InputError              exit 3: a file or a table is at fault
    │   ├── GeometryError       exit 3: the grid, spacing or orientation does not fit
    │   ├── CohortError         exit 3: the audit refuses the cohort
    │   └── WeightsError        exit 3: weights are missing, damaged or of a refused kind
    └── ResumableError          exit 4: stopped before the end; the same command goes on

An output folder in use is a request that cannot be meant, exit 2, whatever the command; one that may not be written to
is bad input, exit 3; a full disk is resumable, exit 4.

A message is one sentence or two: what, what was found, what is allowed, what to do next. It
never holds a patient's name or id; files are named relative to the folder the user gave.
"""


class OsteonError(Exception):
    """The root of every error that osteon raises on purpose."""

    exit_code = 1


class RequestError(OsteonError):
    """What was asked for cannot be meant: an unknown system, an impossible option."""

    exit_code = 2


class MissingExtraError(RequestError):
    """An optional package is not installed; the message names the install command."""


class InputError(OsteonError):
    """A file or a table is at fault.

    Args:
        why: What is wrong and what to do, a sentence that can follow "<file>: ".
        file: The file at fault, relative to the folder the user named; None when there is none.

    """

    exit_code = 3

    def __init__(self, why: str, *, file: str | None = None) -> None:
        super().__init__(f"{file}: {why}" if file else why)
        self.why = why
        self.file = file


class GeometryError(InputError):
    """The grid, spacing or orientation of an image does not fit what is asked of it."""


class CohortError(InputError):
    """The audit refuses the cohort; the message names the findings and the rows."""


class WeightsError(InputError):
    """Weights are missing, damaged, or of a kind that osteon refuses to load."""


class ResumableError(OsteonError):
    """A job stopped before its end and can be resumed with the same command."""

    exit_code = 4
