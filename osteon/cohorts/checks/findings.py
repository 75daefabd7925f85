"""What the audit found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from osteon.errors import CohortError

SHOWN = 5
"""Rows that a message names before it says how many more there are."""


@dataclass(frozen=True, kw_only=True)
class AuditFinding:
    """One thing that is wrong, or that a reader must know.

    Attributes:
        name: What `allow` names it by: "duplicate", "few-patients" ...
        severity: "refuse" stops a training unless it is allowed; "warn" does not, and a "note" is no fault.
        rows: The rows or files at fault, relative to the cohort's folder; pairs as "a = b".
        text: A sentence: what is wrong and what to do.
        allowed: The user has overridden it by name.

    """

    name: str
    severity: Literal["refuse", "warn", "note"]
    rows: tuple[str, ...] = ()
    text: str
    allowed: bool = False

    @property
    def refuses(self) -> bool:
        """Whether it stops a training."""
        return self.severity == "refuse" and not self.allowed


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All findings of one audit, the refusing ones first."""

    findings: tuple[AuditFinding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a finding stops a training."""
        return any(finding.refuses for finding in self.findings)

    def named(self, name: str) -> tuple[AuditFinding, ...]:
        """Return the findings called `name`."""
        return tuple(finding for finding in self.findings if finding.name == name)

    def check(self) -> None:
        """Raise what stops a training, if anything does.

        Raises:
            CohortError: It names the findings, the first rows at fault, and how to override them.

        """
        stopping = [finding for finding in self.findings if finding.refuses]
        if stopping:
            names = " ".join(dict.fromkeys(f"--allow {finding.name}" for finding in stopping))
            said = " ".join(f"[{finding.name}] {finding.text} {listed(finding.rows)}".rstrip() for finding in stopping)
            msg = f"The audit refuses the cohort. {said} Mend it, or override by name: {names}."
            raise CohortError(msg)


def as_json(audit: Audit) -> dict[str, object]:
    """Return `audit` as plain values for JSON."""
    findings = [
        {"name": f.name, "severity": f.severity, "allowed": f.allowed, "text": f.text, "rows": list(f.rows)}
        for f in audit.findings
    ]
    return {"refused": audit.refused, "findings": findings}


def listed(rows: Iterable[str]) -> str:
    """Return the first rows as a list in brackets, and how many more there are.

    Example:
        >>> listed(["a", "b"]), listed(str(n) for n in range(7))
        ('(a; b)', '(0; 1; 2; 3; 4; and 2 more)')

    """
    rows = tuple(rows)
    if not rows:
        return ""
    more = [f"and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return f"({'; '.join([*rows[:SHOWN], *more])})"
