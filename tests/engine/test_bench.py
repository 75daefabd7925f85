"""Which rows are made, on which studies, and what stands for their weights; no training here."""

import importlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from osteon import cohorts
from osteon.engine import bench, evidence_row, run
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_row import Row
from osteon.engine.evidence_simulated import SIMULATED
from osteon.errors import InputError, RequestError, ResumableError
from osteon.geometry import volume_grid
from osteon.types import Cohort, Image

door = importlib.import_module("osteon.engine.bench")  # the name in the room is the function
ROW = Row(name="one", system="xray-triage-he2020.lite0", cohort="made", split="70/20/10")
ROWS = (ROW, replace(ROW, name="two", system="xray-triage-he2020"), replace(ROW, name="three", system="own"))


@pytest.mark.parametrize(
    ("names", "made"),
    [
        ((), ["one", "two", "three"]),
        (("one",), ["one"]),
        (("xray-triage-he2020.lite0",), ["one"]),
        (("xray-triage-he2020",), ["one", "two"]),
        (("three", "one"), ["one", "three"]),
    ],
)
def test_rows_are_chosen_by_their_name_or_by_their_system_and_keep_their_order(names: tuple, made: list[str]) -> None:
    assert [row.name for row in door._chosen(names, ROWS)] == made


@pytest.mark.parametrize("name", ["xray", "On", "", "one "])
def test_a_name_that_fits_no_row_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(RequestError, match=r"The evidence has no row .*; its rows are one, two, three"):
        bench((name, "one"), rows=ROWS)


def test_the_data_are_where_they_are_said_to_be_and_nowhere_else(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OSTEON_DATA", str(tmp_path))
    assert door._data(None) == tmp_path
    assert door._data(tmp_path / ".") == tmp_path
    for named in (tmp_path / "nowhere", None):
        monkeypatch.setenv("OSTEON_DATA", str(tmp_path / "nowhere"))
        with pytest.raises(RequestError, match="--data, or set OSTEON_DATA"):
            door._data(named)


def volume(shape=(6, 8, 8)):
    grid = volume_grid(shape, np.diag([3.0, 1.0, 1.0, 1.0]))
    return Image(grid=grid, modality="CT", load=lambda: np.zeros(shape, np.float32))


@pytest.fixture
def packed(tmp_path: Path) -> Cohort:
    cohort = tiny.cohort(12)
    some = [replace(s, data={**s.data, "ct": volume()}) if i % 3 == 0 else s for i, s in enumerate(cohort.studies)]
    return cohorts.load(cohorts.pack(replace(cohort, studies=tuple(some)), tmp_path / "made"))


def test_a_row_may_ask_for_the_studies_with_an_input(packed: Cohort) -> None:
    found = door._cohort(replace(ROW, having="ct"), packed)
    assert [s.name for s in found.studies] == ["s000", "s003", "s006", "s009"]
    assert len(door._cohort(ROW, packed).studies) == 12


def test_own_patients_are_one_a_study(packed: Cohort) -> None:
    found = door._cohort(replace(ROW, own_patients=True), packed)
    assert [s.patient for s in found.studies] == [s.name for s in found.studies]


def test_trimmed_volumes_are_smaller_by_at_most_what_was_asked(packed: Cohort) -> None:
    found = door._cohort(replace(ROW, having="ct", trim_mm=3.0), packed)
    for study in found.studies:
        shape = study.data["ct"].grid.shape
        assert all(n - 2 * np.ceil(3.0 / mm) <= m <= n for n, m, mm in zip((6, 8, 8), shape, (3, 1, 1), strict=True))


def test_two_views_are_made_of_what_the_trimming_left(packed: Cohort) -> None:
    trimmed = door._cohort(replace(ROW, having="ct", trim_mm=3.0), packed)
    found = door._cohort(replace(ROW, having="ct", trim_mm=3.0, views_of="ct"), packed)
    assert found.fingerprint == cohorts.two_views(trimmed, of="ct").fingerprint != trimmed.fingerprint
    for study, whole in zip(found.studies, trimmed.studies, strict=True):
        assert set(study.data) == {"axial", "coronal"}
        assert study.data["axial"].grid.shape[1:] == whole.data["ct"].grid.shape[1:]


def finished(folder: Path, sha: str, *, state: str = "finished") -> Path:
    record = run.RunRecord(
        system="x", cohort=run.CohortRecord(name="c", fingerprint="f", evidence="real"), weights_sha256=sha, state=state
    )  # ty: ignore[invalid-argument-type]
    folder.mkdir(parents=True)
    (folder / run.RUN).write_text(json.dumps(asdict(record)))
    return folder


def test_one_run_stands_for_itself_and_folds_for_all_of_them(tmp_path: Path) -> None:
    assert door._hash(finished(tmp_path / "single", "abc")) == "abc"
    for number in range(1, 12):
        finished(tmp_path / "folds" / f"fold-{number}", f"sha{number}")
    whole = door._hash(tmp_path / "folds")
    assert len(whole) == 64
    assert len(door._runs(tmp_path / "folds")) == 11
    finished(tmp_path / "folds" / "fold-12", "another")
    assert door._hash(tmp_path / "folds") != whole


def test_a_row_of_unfinished_or_missing_runs_has_no_hash(tmp_path: Path) -> None:
    with pytest.raises(ResumableError):
        door._hash(finished(tmp_path / "half", "", state="training"))
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "fold-1").mkdir()
    with pytest.raises(InputError, match="holds no run"):
        door._hash(tmp_path / "no")


def test_packaged_weights_are_copied_once_and_a_copy_is_left_alone(tmp_path: Path, monkeypatch) -> None:
    shipped = finished(tmp_path / "shipped", "w")
    monkeypatch.setattr(door.weights, "folder", lambda name: shipped)
    door._unpack("x", tmp_path / "runs" / "seed-0")
    assert run.open_run(tmp_path / "runs" / "seed-0").record.weights_sha256 == "w"
    (tmp_path / "runs" / "seed-0" / "mark").write_text("judged already")
    door._unpack("x", tmp_path / "runs" / "seed-0")
    assert (tmp_path / "runs" / "seed-0" / "mark").is_file()


def test_other_weights_than_the_packaged_ones_make_way(tmp_path: Path, monkeypatch) -> None:
    shipped = {version: finished(tmp_path / version, version) for version in ("second", "third")}
    for version, folder in shipped.items():
        part = run.PartRecord(file="weights.safetensors", sha256=version, shapes={}, samples=1)
        run.open_run(folder).update(parts={"film": part})
    for version, folder in shipped.items():
        monkeypatch.setattr(door.weights, "folder", lambda name, folder=folder: folder)
        door._unpack("x", tmp_path / "runs")
        assert run.open_run(tmp_path / "runs").record.weights_sha256 == version


# The lists themselves.


@pytest.mark.parametrize("row", [*EVIDENCE, *SIMULATED], ids=lambda row: row.name)
def test_a_row_is_compared_only_with_earlier_ones_of_its_kind_and_patients(row: Row) -> None:
    known = {r.name: r for r in (*EVIDENCE, *SIMULATED)}
    places = list(known)
    for name in row.against:
        other = known[name]
        assert places.index(name) < places.index(row.name), "else a whole bench would stop at it"
        assert (other.made, other.split, other.cohort) == (row.made, row.split, row.cohort)
        assert set(row.seeds) <= set(other.seeds)


def test_other_patients_never_share_a_folder() -> None:
    every = [evidence_row.Made(recipe=r, patients=n, seed=s, size=z)
             for r in ("a", "b") for n in (3, 30) for s in (1, 10) for z in ("full", "small")]  # fmt: skip
    assert len({made.name for made in every}) == len(every)


def test_what_a_row_is_compared_with_is_asked_for_before_it_is_trained(tmp_path: Path, monkeypatch) -> None:
    row = replace(ROW, name="late", against=("early",))
    monkeypatch.setattr(door, "measure", lambda *_, **__: pytest.fail("it was trained first"))
    with pytest.raises(RequestError, match=r"late is compared with early, which is not made yet: osteon bench early\."):
        bench(["late"], data=tmp_path, runs=tmp_path, docs=tmp_path, rows=(row,))
    assert not list(tmp_path.iterdir())
