"""cohort.csv, its audit, patient-level splits; one file per public data set.

The doors are `load`, `audit`, `split`, `folds`, `pack`, `trimmed`, `two_views` and `pseudonym`. They are fetched when
first used, so that importing this room costs nothing and a packed cohort opens without any file reader.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osteon.cohorts.checks.audit import allowed_findings, audit
    from osteon.cohorts.checks.findings import Audit, AuditFinding, as_json
    from osteon.cohorts.folder import load
    from osteon.cohorts.packs import pack
    from osteon.cohorts.pseudonyms import pseudonym
    from osteon.cohorts.splits import Split, folds, split
    from osteon.cohorts.trim import trimmed
    from osteon.cohorts.views import two_views

__all__ = [
    "Audit", "AuditFinding", "Split", "allowed_findings", "as_json", "audit", "folds", "load", "pack", "pseudonym",
    "split", "trimmed", "two_views",
]  # fmt: skip

_HOMES = {
    "Audit": "checks.findings",
    "AuditFinding": "checks.findings",
    "Split": "splits",
    "allowed_findings": "checks.audit",
    "as_json": "checks.findings",
    "audit": "checks.audit",
    "folds": "splits",
    "load": "folder",
    "pack": "packs",
    "pseudonym": "pseudonyms",
    "split": "splits",
    "trimmed": "trim",
    "two_views": "views",
}


def __getattr__(name: str) -> Any:
    """Return the door called `name`, importing its file."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
