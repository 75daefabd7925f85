from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from osteon import cohorts
from osteon.errors import InputError, RequestError, ResumableError
from osteon.io import atomic
from osteon.simulate import cohort as writer
from osteon.simulate import recipes
from osteon.simulate.recipe import OVERLAP, Order
from osteon.types import Evidence, Image

ORDER = Order(recipe="knee-radiographs", patients=4, seed=3, size="small")
QUICK = Order(recipe="raman-serum", patients=8, seed=1, size="small")


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


def bytes_of(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def knees(tmp_path_factory) -> Path:
    return writer.cohort(ORDER, out=tmp_path_factory.mktemp("knees") / "out")


def test_it_is_an_ordinary_cohort_marked_simulated(knees):
    found = cohorts.load(knees)
    assert found.evidence is Evidence.SIMULATED
    assert "Simulated" in found.notes[0]
    assert len(found.studies) == 4
    assert not found.refused
    for study in found.studies:
        image = study.data["radiograph"]
        assert isinstance(image, Image)
        assert image.read().shape == image.grid.shape
        if study.truth.labels["film"] == "normal":
            assert not study.truth.masks
        else:
            mask = study.truth.masks["radiograph"]
            assert mask.read().max() == 1
            row0, column0, row1, column1 = study.truth.lesions[0].box_px
            assert mask.read()[row0:row1, column0:column1].sum() == mask.read().sum()


def test_the_audit_finds_nothing_but_its_size(knees):
    audit = cohorts.audit(cohorts.load(knees))
    assert {f.name for f in audit.findings} <= {"few-patients"}


def test_it_says_what_was_drawn_and_what_the_best_reader_scores(knees):
    said = json.loads((knees / "simulated.json").read_text())
    assert said["simulated"] is True
    assert said["order"]["seed"] == 3
    assert said["order"]["overlap"] is None
    assert said["overlap"] == OVERLAP, "by how much looks overlap is told, asked for or not"
    assert writer.OUTLINED not in said["notes"]
    assert {(c["task"], c["metric"], c["positive"]) for c in said["ceilings"]} >= {
        ("film", "accuracy", ""), ("film", "auc", "malignant"),
    }  # fmt: skip
    assert all(0.5 < c["expected"] <= 1.0 for c in said["ceilings"])
    truth = (knees / "truth.csv").read_text().splitlines()
    assert len(truth) == 5
    assert "drawn_margin" in truth[0]
    assert {p.name for p in knees.iterdir()} == {
        "cohort.csv", "lesions.csv", "truth.csv", "simulated.json", "patients",
    }  # fmt: skip


def test_every_table_says_it_row_by_row_and_any_reader_takes_it(knees):
    for name in ("cohort.csv", "lesions.csv", "truth.csv"):
        table = pd.read_csv(knees / name)
        assert set(table["simulated"]) == {"by osteon"}, name
        assert list(table)[-1] == "simulated"


def test_a_cohort_that_lost_its_account_of_itself_is_simulated_still(knees, tmp_path):
    copied = shutil.copytree(knees, tmp_path / "copied")
    (copied / "simulated.json").unlink()
    assert cohorts.load(copied).evidence is Evidence.SIMULATED
    assert cohorts.load(copied).notes == cohorts.load(knees).notes


def test_the_truth_is_no_input(knees):
    for study in cohorts.load(knees).studies:
        assert set(study.data) == {"radiograph"}
        assert set(study.truth.labels) == {"film"}


@pytest.mark.parametrize(("name", "label"), [("chemo-pet", "response"), ("sts-mri", "grade")])
def test_the_truth_keeps_a_label_that_is_called_as_a_property_of_the_lesion(name, label):
    case = recipes.get(name).draw(Order(recipe=name, patients=1, seed=1), 0)
    row = writer._truth_row(case)
    assert row[label] == case.labels[label]
    assert row[f"lesion_{label}"] == getattr(case.patient.lesions[0], label)


@pytest.mark.slow
def test_two_workers_and_a_restart_write_the_same_bytes(knees, tmp_path):
    out = tmp_path / "two"
    begun = tmp_path / "two.unfinished"
    settled = replace(ORDER, options={"marker": "drawn", "collimator": "drawn"})
    writer._begin(settled, begun)
    writer.make_patient(settled, 2, begun)
    (begun / "patients" / ".tmp-dead-simulated-000001").mkdir()
    done = []
    writer.cohort(ORDER, out=out, workers=2, report=done.append)
    assert done == [2, 3, 4], "the finished patient is not made again"
    assert not begun.exists()
    one, two = bytes_of(knees), bytes_of(out)
    assert {k: v for k, v in two.items() if ".tmp-" not in k} == one
    assert not list(out.rglob(".tmp-*")), "what a kill left behind is gone"


def test_another_seed_is_another_cohort(tmp_path):
    one = writer.cohort(QUICK, out=tmp_path / "one")
    other = writer.cohort(replace(QUICK, seed=2), out=tmp_path / "other")
    again = writer.cohort(QUICK, out=tmp_path / "again")
    assert bytes_of(one) == bytes_of(again) != bytes_of(other)


def test_a_patient_is_the_same_in_a_larger_cohort(tmp_path):
    small = bytes_of(writer.cohort(QUICK, out=tmp_path / "small"))
    large = bytes_of(writer.cohort(replace(QUICK, patients=12), out=tmp_path / "large"))
    images = {k: v for k, v in small.items() if k.startswith("patients/")}
    assert images
    assert images.items() <= large.items()


def test_a_failure_leaves_the_finished_patients_and_no_half_one(tmp_path, monkeypatch):
    made = recipes.get(QUICK.recipe)
    calls = []

    def make(case, order, folder):
        (folder / "half.txt").write_text("half")
        calls.append(case.patient.index)
        if len(calls) == 4:
            raise RuntimeError("pulled plug")
        return made.make(case, order, folder)

    monkeypatch.setattr(recipes, "get", lambda _: replace(made, make=make))
    with pytest.raises(RuntimeError):
        writer.cohort(QUICK, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    begun = tmp_path / "out.unfinished"
    assert len(list((begun / "patients").iterdir())) == 3 == len(list((begun / "rows").iterdir()))
    writer.cohort(QUICK, out=tmp_path / "out")
    assert calls == [0, 1, 2, 3, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"patients": 0}, "0 patients were asked for"), ({"patients": -3}, "-3 patients"),
     ({"recipe": "knees"}, "no recipe"),
     ({"seed": -1}, "seed of -1"), ({"size": "tiny"}, "size 'tiny'"), ({"like": "nobody"}, "no patients like"),
     ({"overlap": 2.0, "recipe": "knee-radiographs"}, "overlap of 2.0"),
     ({"overlap": 7.0}, "means nothing to raman-serum"), ({"overlap": 0.5, "recipe": "bone-scans"}, "means nothing"),
     ({"options": {"metal": "nail"}}, "raman-serum has no option 'metal' to set; it has none"),
     ({"recipe": "osteosarcoma-ct", "options": {"mtal": "nail"}}, "it has dose_percent, metal"),
     ({"recipe": "osteosarcoma-ct", "options": {"metal": "gold"}}, "'gold'; it is none, nail, plate or drawn"),
     ({"recipe": "osteosarcoma-ct", "options": {"dose_percent": "0.5"}}, "it is 1 to 100 or drawn"),
     ({"recipe": "osteosarcoma-ct", "options": {"dose_percent": "nan"}}, "dose_percent cannot be 'nan'"),
     ({"recipe": "osteosarcoma-slides", "options": {"pens": "4"}}, "it is 0, 1, 2, 3 or drawn"),
     ({"recipe": "thorax-spect", "options": {"anatomy": "mine"}}, "it is parametric or chest-ct"),
     ({"patients": 10**9}, "MB free")],
)  # fmt: skip
def test_bad_orders_end_in_a_sentence_and_leave_nothing(change, said, tmp_path):
    with pytest.raises(RequestError, match=said):
        writer.cohort(replace(QUICK, **change), out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["", ".", "/"])
def test_the_folder_one_stands_in_is_no_place_for_a_cohort(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match="name a new one"):
        writer.cohort(QUICK, out=Path(out))
    assert not list(tmp_path.iterdir())


def test_workers_are_at_least_one(tmp_path):
    with pytest.raises(RequestError, match="0 workers"):
        writer.cohort(QUICK, out=tmp_path / "out", workers=0)


def test_a_taken_folder_and_another_order_are_refused(tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="a folder with files in it already"):
        writer.cohort(QUICK, out=taken)
    writer._begin(QUICK, tmp_path / "out.unfinished")
    with pytest.raises(RequestError, match="another order"):
        writer.cohort(replace(QUICK, seed=9), out=tmp_path / "out")
    assert [p.name for p in taken.iterdir()] == ["mine.txt"]


def test_the_record_states_every_option_asked_for_or_not(knees):
    said = json.loads((knees / "simulated.json").read_text())
    assert said["order"]["options"] == {"marker": "drawn", "collimator": "drawn"}


def test_options_are_stated_with_their_note_and_another_value_does_not_go_on(tmp_path):
    slides = Order(recipe="osteosarcoma-slides", patients=2, size="small", options={"pens": "1"})
    settled = replace(slides, options={"pens": "1", "folds": "0"})
    begun = tmp_path / "out.unfinished"
    writer._begin(settled, begun)
    for other in ({"pens": "2"}, {"pens": "1", "folds": "1"}, {}):
        with pytest.raises(RequestError, match="another order"):
            writer.cohort(replace(slides, options=other), out=tmp_path / "out")
    writer.make_patient(settled, 0, begun)
    done = []
    out = writer.cohort(slides, out=tmp_path / "out", report=done.append)
    assert done == [2], "the same options, whether those that are the default are said or not, go on"
    said = json.loads((out / "simulated.json").read_text())
    assert said["order"]["options"] == settled.options
    assert any(note.startswith("pens says") for note in said["notes"])
    assert not any(note.startswith("folds says") for note in said["notes"])
    assert set(pd.read_csv(out / "cohort.csv")["pens"]) == {1}


def test_a_cohort_begun_by_another_simulator_is_not_finished_by_this_one(tmp_path, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(writer, "_fingerprint", lambda: "of yesterday")
        writer._begin(QUICK, tmp_path / "out.unfinished")
    with pytest.raises(RequestError, match="another order or simulator"):
        writer.cohort(QUICK, out=tmp_path / "out")


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "out").mkdir()
    assert (writer.cohort(QUICK, out=tmp_path / "out") / "cohort.csv").is_file()


def test_the_shares_of_a_system_are_met():
    order = replace(ORDER, like="xray-knee-segunet-do2021")
    recipe = recipes.get(order.recipe)
    films = Counter(recipe.draw(order, i).labels["film"] for i in range(300))
    assert films["normal"] / 300 == pytest.approx(381 / 1576, abs=0.02)


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(RequestError, match="the disk has 0 MB free"):
        writer.cohort(QUICK, out=tmp_path / "out")


@pytest.mark.parametrize("writes", [0, 1, 3, 4, 17, 33])
def test_a_disk_that_fills_on_the_way_ends_in_4_and_the_same_call_goes_on(writes, tmp_path, monkeypatch):
    """Whatever is written when it fills, an image, the rows or the tables: what was finished stays, no half file."""
    done, sync = [], atomic._sync

    def full(path: Path) -> None:
        done.append(path)
        if len(done) > writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(path)

    with monkeypatch.context() as filling:
        filling.setattr(atomic, "_sync", full)
        with pytest.raises(ResumableError, match="the disk is full; make room and run the same command again"):
            writer.cohort(QUICK, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.rglob(".tmp-*"))
    finished = len(list((tmp_path / "out.unfinished" / "rows").iterdir()))
    made = []
    writer.cohort(QUICK, out=tmp_path / "out", report=made.append)
    assert len(made) == QUICK.patients - finished
    assert bytes_of(tmp_path / "out") == bytes_of(writer.cohort(QUICK, out=tmp_path / "undisturbed"))


def test_a_name_too_long_and_a_link_to_nowhere_are_refused(tmp_path):
    with pytest.raises(InputError, match="choose an output folder"):
        writer.cohort(QUICK, out=tmp_path / ("x" * 300))
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(RequestError, match="is a file already"):
        writer.cohort(QUICK, out=tmp_path / "link")
    assert [p.name for p in tmp_path.iterdir()] == ["link"]


def test_an_unfinished_cohort_whose_order_is_damaged_is_anothers(tmp_path):
    begun = tmp_path / "out.unfinished"
    begun.mkdir()
    (begun / "order.json").write_text("{half")
    with pytest.raises(RequestError, match="of another order or simulator; remove it"):
        writer.cohort(QUICK, out=tmp_path / "out")
