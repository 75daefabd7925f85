"""A row on simulated patients from beginning to end: made, trained, judged, compared, shown."""

from dataclasses import replace

import pytest

from osteon import cohorts
from osteon.engine import TrainOptions, bench, made, results, run
from osteon.engine.evidence_row import Made, Row
from osteon.errors import RequestError
from osteon.types import Evidence

SERUM = Made(recipe="raman-serum", patients=30, size="small")
LOGISTIC = Row(
    name="logistic", system="raman-cnn-shao2020.logistic", cohort=SERUM.name, split="kfold:2", seeds=(0,), made=SERUM,
    first=("auc", "metastasis", "patient"), reduced="few", role="baseline", remark="plain",
)  # fmt: skip
FOREST = replace(LOGISTIC, name="forest", system="raman-cnn-shao2020.forest", against=("logistic",), role="result")

ON_CPU = TrainOptions(device="cpu", threads=1, seed=9)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    monkeypatch.delenv("OSTEON_DATA", raising=False)
    return tmp_path


@pytest.mark.slow
def test_rows_are_made_judged_and_compared_without_any_data_of_people(place, monkeypatch) -> None:
    read, load = [], cohorts.load
    monkeypatch.setattr(cohorts, "load", lambda root: read.append(root) or load(root))
    found = bench((), runs=place / "runs", docs=place / "docs", rows=(LOGISTIC, FOREST), options=ON_CPU)
    assert [r.row.name for r in found] == ["logistic", "forest"]
    for result in found:
        assert {s.evidence for s in result.scores} == {Evidence.SIMULATED}
        assert {c.task for c in result.ceilings} == {"metastasis"}
        assert results.first(result).patients == 30
    (difference,) = found[1].differences
    assert difference.note == "logistic"
    assert difference.value == pytest.approx(results.first(found[1]).value - results.first(found[0]).value)
    assert difference.low <= difference.value <= difference.high
    page = (place / "docs" / "results.md").read_text()
    assert "30 patients, of `raman-serum`" in page
    assert results.read(place / "docs" / "results" / "forest.json").differences == found[1].differences
    record = run.open_run(place / "runs" / "logistic" / "seed-0" / "fold-1").record
    assert (record.threads, record.seed) == (1, 0), "the machine's are the user's, the seed is the row's"
    tables = place / "runs" / "simulated" / SERUM.name / "cohort.csv"
    assert read == [tables.parent], "once for all rows on the same patients"
    before = tables.stat().st_mtime_ns
    assert made.patients(SERUM, place / "runs" / "simulated") == tables.parent
    assert tables.stat().st_mtime_ns == before, "made once"


@pytest.mark.slow
def test_a_row_to_compare_with_must_be_there(place) -> None:
    small = replace(FOREST, made=replace(SERUM, patients=12))
    with pytest.raises(RequestError, match="osteon bench --simulated logistic"):
        bench((), runs=place / "runs", docs=place / "docs", rows=(small,), options=ON_CPU)


def test_rows_of_people_still_need_their_data(place) -> None:
    with pytest.raises(RequestError, match="OSTEON_DATA"):
        bench((), runs=place / "runs", docs=place / "docs", rows=(replace(LOGISTIC, made=None),))


@pytest.mark.slow
def test_rows_of_people_are_compared_too_and_the_missing_one_is_named(place) -> None:
    row = replace(FOREST, made=None)
    whole = (replace(LOGISTIC, made=None), row)
    bench(("logistic",), runs=place / "made", docs=place / "docs", rows=(LOGISTIC,), options=ON_CPU)
    data = place / "made" / "simulated"
    with pytest.raises(RequestError, match="osteon bench logistic"):
        bench(("forest",), data=data, runs=place / "runs", docs=place / "docs", rows=whole, options=ON_CPU)
    found = bench((), data=data, runs=place / "runs", docs=place / "docs", rows=whole, options=ON_CPU)
    assert [[s.note for s in r.differences] for r in found] == [[], ["logistic"]]
    assert not found[1].ceilings
