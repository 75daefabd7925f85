import pytest

from osteon.cohorts.checks.findings import Audit, AuditFinding, as_json, listed
from osteon.errors import CohortError


def finding(name="duplicate", severity="refuse", *, rows=(), allowed=False):
    return AuditFinding(name=name, severity=severity, rows=rows, text=f"Text of {name}.", allowed=allowed)


@pytest.mark.parametrize(
    ("severity", "allowed", "refuses"),
    [("refuse", False, True), ("refuse", True, False), ("warn", False, False), ("warn", True, False)],
)
def test_only_a_refusal_that_nobody_allowed_stops(severity, allowed, refuses):
    audit = Audit(findings=(finding(severity=severity, allowed=allowed),))
    assert audit.findings[0].refuses is audit.refused is refuses
    if not refuses:
        audit.check()


def test_the_error_names_each_finding_once_and_how_to_allow_it():
    audit = Audit(findings=(finding(rows=("row 2 = row 3",)), finding("few-patients"), finding(), finding("x", "warn")))
    with pytest.raises(CohortError) as caught:
        audit.check()
    said = str(caught.value)
    assert said.endswith("--allow duplicate --allow few-patients.")
    assert "[duplicate] Text of duplicate. (row 2 = row 3)" in said
    assert "[x]" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (1, "(0)"), (5, "(0; 1; 2; 3; 4)"), (9, "(0; 1; 2; 3; 4; and 4 more)")],
)
def test_long_lists_are_cut_and_counted(count, said):
    assert listed(str(n) for n in range(count)) == said


def test_findings_by_name_and_as_json():
    audit = Audit(findings=(finding(rows=("a",)), finding("few-patients", "warn")))
    assert [f.name for f in audit.named("few-patients")] == ["few-patients"]
    assert audit.named("none") == ()
    said = as_json(audit)
    assert said["refused"] is True
    assert said["findings"][0] == {
        "name": "duplicate",
        "severity": "refuse",
        "allowed": False,
        "text": "Text of duplicate.",
        "rows": ["a"],
    }
