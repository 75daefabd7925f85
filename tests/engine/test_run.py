"""A run's folder: whose it is, what may lie in it, and what a damaged one says."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon import engine, weights
from osteon.cohorts.splits import Split
from osteon.engine import run
from osteon.engine.run import CohortRecord, PartRecord, Run, RunRecord
from osteon.errors import InputError, RequestError, ResumableError

COHORT = CohortRecord(name="tiny", fingerprint="f", evidence="simulated", notes=("a", "b"))
WANTED = RunRecord(system="tiny", cohort=COHORT, overrides=("fit.epochs=1",), allowed=("corner",))


@pytest.fixture
def begun(tmp_path: Path) -> Run:
    (tmp_path / "run").mkdir()
    here = run.begin(tmp_path / "run", WANTED)
    here.update(state="training")
    return here


def test_the_record_comes_back_as_it_was_written(begun: Run) -> None:
    part = PartRecord(file="part-a/weights.safetensors", sha256="0", shapes={"image": (1, 8, 8)}, classes=2, samples=7)
    begun.finish_part("a", replace(part, facts={"Drawn": "each once"}))
    begun.update(state="finished", audited=("corner: dark",), notes=("read me",), weights_sha256="1")
    found = run.open_run(begun.folder).record
    assert found == begun.record
    assert found.parts["a"].shapes == {"image": (1, 8, 8)}, "a shape is a tuple again, or no two runs are equal"
    assert found.cohort.notes == ("a", "b")


def test_a_record_of_a_later_osteon_is_read_without_what_is_new(begun: Run) -> None:
    path = begun.folder / run.RUN
    path.write_text(json.dumps({**json.loads(path.read_text()), "state": "finished", "colour": "blue"}))
    assert run.open_run(begun.folder).record == replace(begun.record, state="finished")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", "\ud800", '{"format": 1}', '{"format": 1, "cohort": {}, "parts": {}}',
     '{"format": 1, "cohort": 3, "parts": {}}', '{"format": 1, "cohort": {}, "parts": {"a": 1}}'],
)  # fmt: skip
def test_a_damaged_record_says_what_to_do(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / run.RUN).write_bytes(text.encode("utf-8", "surrogatepass"))
    for door in (run.open_run, lambda f: run.begin(f, WANTED)):
        with pytest.raises(InputError, match=r"^run/run\.json: is damaged; delete it and run the same training"):
            door(folder)


@given(cut=st.integers(0, 400), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_record_with_any_byte_changed_is_read_or_refused(cut: int, byte: int, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("run")
    data = bytearray(json.dumps(asdict(replace(WANTED, state="finished"))).encode())
    data[cut % len(data)] = byte
    (folder / run.RUN).write_bytes(bytes(data))
    with suppress(InputError, ResumableError):
        assert run.open_run(folder).record.state == "finished"


def test_a_record_of_another_format_is_named(begun: Run) -> None:
    path = begun.folder / run.RUN
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 7}))
    with pytest.raises(InputError, match="has format 7; this version of osteon reads format 1"):
        run.open_run(begun.folder)


def test_a_run_under_way_says_how_to_go_on(begun: Run) -> None:
    with pytest.raises(ResumableError, match=r"run run of tiny on tiny is not finished \(0 parts fitted\)"):
        run.open_run(begun.folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"seed": 1}, "seed"), ({"system": "other"}, "system"), ({"overrides": ()}, "overrides"),
     ({"split": "kfold:5"}, "split"), ({"from_scratch": True}, "from_scratch"), ({"precision": "bf16-mixed"},
     "precision"), ({"cohort": replace(COHORT, fingerprint="g")}, "cohort"), ({"allowed": ()}, "allow")],
)  # fmt: skip
def test_only_the_same_request_goes_on(begun: Run, change: dict, named: str) -> None:
    with pytest.raises(RequestError, match=rf"holds another run .*it differs in {named}\. Choose another --out"):
        run.begin(begun.folder, replace(WANTED, **change))


@pytest.mark.parametrize(
    "change", [{"device": "cuda"}, {"threads": 9}, {"versions": {"numpy": "0"}}, {"notes": ("n",)}]
)
def test_another_machine_may_go_on(begun: Run, change: dict) -> None:
    assert run.begin(begun.folder, replace(WANTED, **change)).record == begun.record, "what was begun with is kept"


def test_the_order_of_allowed_findings_is_no_difference(begun: Run) -> None:
    begun.update(allowed=("a", "b"))
    assert run.begin(begun.folder, replace(WANTED, allowed=("b", "a"))).record.allowed == ("a", "b")


def test_a_part_is_whole_only_while_its_file_is_what_was_written(begun: Run) -> None:
    from osteon.io import weights

    path = begun.part_folder("a") / "weights.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"one")
    assert not begun.whole("a"), "nobody recorded it"
    record = PartRecord(file="part-a/weights.safetensors", sha256=weights.sha256(path), shapes={})
    begun.finish_part("a", record)
    assert begun.whole("a")
    path.write_bytes(b"two")
    assert not begun.whole("a")
    path.unlink()
    path.mkdir()
    assert not begun.whole("a"), "a folder of that name is not the file"


def test_a_run_is_complete_only_with_every_file(begun: Run) -> None:
    begun.update(state="finished")
    assert not begun.complete([])
    for name in (run.SPLIT, run.CALIBRATION):
        (begun.folder / name).write_text("")
    assert begun.complete([])
    assert not begun.complete(["a"])


def test_a_helping_process_writes_nothing(begun: Run) -> None:
    before = {p.name: p.read_bytes() for p in begun.folder.iterdir()}
    helper = run.begin(begun.folder, WANTED, writes=False)
    helper.update(state="finished")
    helper.write_log("a", [{"part": "a", "epoch": 0, "loss": 1.0}])
    helper.write_split([], Split(name="", train=frozenset(), validation=frozenset(), test=frozenset()))
    assert {p.name: p.read_bytes() for p in begun.folder.iterdir()} == before
    assert helper.record.state == "finished", "it knows all the same"


def test_the_log_of_a_part_is_replaced_and_the_others_stay(begun: Run) -> None:
    begun.write_log("a", [{"part": "a", "epoch": 0, "loss": 1.0, "seconds": 2.0}])
    begun.write_log("b", [{"part": "b", "epoch": 0, "loss": 3.0, "val_auc": 0.5}])
    begun.write_log("a", [{"part": "a", "epoch": 0, "loss": 0.5}, {"part": "a", "epoch": 1, "loss": 0.25}])
    told = begun.log()
    assert [(r["part"], r["epoch"], float(r["loss"])) for r in told] == [
        ("b", "0", 3),
        ("a", "0", 0.5),
        ("a", "1", 0.25),
    ]
    assert list(told[0]) == ["part", "epoch", "loss", "val_auc", *run.TIMES]
    assert told[1]["val_auc"] == ""


def test_there_is_no_log_before_the_first_epoch(begun: Run) -> None:
    assert begun.log() == []


def test_the_split_is_written_once_and_never_another(begun: Run) -> None:
    studies = tiny.cohort(6).studies
    names = [s.name for s in studies]
    first = Split(name="mine", train=frozenset(names[:2]), validation=frozenset(names[2:4]), test=frozenset(names[4:5]))
    begun.write_split(studies, first)
    begun.write_split(studies, first)
    assert begun.split() == {**dict.fromkeys(names[:2], "train"), **dict.fromkeys(names[2:4], "validation"),
                             names[4]: "test", names[5]: ""}  # fmt: skip
    assert begun.trained_on() == {(s.name, s.patient) for s in studies[:4]}
    before = (begun.folder / run.SPLIT).read_bytes()
    with pytest.raises(RequestError, match="begun with another split than mine gives now"):
        begun.write_split(studies, replace(first, train=first.test, test=first.train))
    assert (begun.folder / run.SPLIT).read_bytes() == before


def test_names_with_commas_quotes_and_other_letters_survive_the_split(begun: Run) -> None:
    names = ['a,"b"', "Jürgen\nnext", "骨", "'=1+1"]
    studies = [replace(s, name=n, patient=f"{n};") for s, n in zip(tiny.cohort(4).studies, names, strict=True)]
    begun.write_split(studies, Split(name="s", train=frozenset(names), validation=frozenset(), test=frozenset()))
    assert begun.split() == dict.fromkeys(names, "train")
    assert begun.trained_on() == {(n, f"{n};") for n in names}


def test_packaged_weights_name_nobody_as_trained_on(begun: Run) -> None:
    assert begun.trained_on() == set()
    with pytest.raises(InputError, match=r"^run/split\.csv: is not there"):
        begun.split()


def test_one_part_gives_its_hash_and_several_one_of_their_own(begun: Run) -> None:
    for key, sha in (("a", "aa"), ("b", "bb")):
        begun.finish_part(key, PartRecord(file="", sha256=sha, shapes={}))
    begun.seal(["a"])
    assert begun.record.weights_sha256 == "aa"
    begun.seal(["a", "b"])
    both = begun.record.weights_sha256
    assert len(both) == 64
    begun.seal(["b", "a"])
    assert begun.record.weights_sha256 != both


# What is a user's stays a user's.


@pytest.mark.parametrize("name", [".tmp-mine", "notes.txt", "DICOM", "\x1b[31mred"])
def test_a_folder_of_the_users_is_refused_and_nothing_in_it_is_touched(tmp_path: Path, name: str) -> None:
    out = tmp_path / "documents"
    (out / ".tmp-drafts").mkdir(parents=True)
    (out / ".tmp-drafts" / "thesis.txt").write_text("ten years of work")
    (out / "letter.txt").write_text("dear")
    (out / name).write_text("mine")
    before = sorted(p.relative_to(out) for p in out.rglob("*"))
    with pytest.raises(RequestError, match="holds other files") as told:
        engine.train(tiny.system(), tiny.cohort(), out, options=engine.TrainOptions(device="cpu", threads=1))
    assert str(told.value).isprintable()
    assert sorted(p.relative_to(out) for p in out.rglob("*")) == before


def test_what_a_killed_training_left_half_written_is_swept_from_a_run(begun: Run) -> None:
    left = begun.folder / "part-a" / ".tmp-1234-weights.safetensors"
    left.parent.mkdir()
    left.write_bytes(b"half")
    (begun.folder / ".tmp-5678").mkdir()
    (begun.folder / "notes.txt").write_text("the user's")
    with run.claimed(begun.folder):
        assert not left.exists()
        assert not (begun.folder / ".tmp-5678").exists()
    assert (begun.folder / "notes.txt").is_file()


def test_a_training_killed_before_its_record_was_written_can_begin_again(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".tmp-12345678-run.json").write_text("{")
    (tmp_path / "run" / run.LOCK).write_text("")
    with run.claimed(tmp_path / "run") as folder:
        assert run.begin(folder, WANTED).record == WANTED
        assert [p.name for p in folder.iterdir()] == [run.LOCK]


def test_folders_that_were_made_for_nothing_go_away_and_older_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(KeyError), run.claimed(tmp_path / "old" / "new" / "run"):
        raise KeyError
    assert list(tmp_path.rglob("*")) == [tmp_path / "old"]
    with run.claimed(tmp_path / "old" / "new" / "run") as folder:
        (folder / "file").write_text("kept")
    assert (tmp_path / "old" / "new" / "run" / "file").is_file()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"), run.claimed(tmp_path / "run"):
        pass


def test_a_file_in_the_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RequestError, match="run is a file already"), run.claimed(tmp_path / "run"):
        pass
    assert (tmp_path / "run").read_text() == "a file"


def test_a_helper_neither_makes_nor_holds_the_folder(tmp_path: Path) -> None:
    with run.claimed(tmp_path / "run", writes=False) as folder:
        assert not folder.exists()


def test_weights_that_are_lent_open_as_a_run_of_the_variant() -> None:
    name = "xray-knee-segunet-do2021.brisk"
    here, lender = run.open_run(weights.named(name)), run.open_run(weights.folder("xray-knee-segunet-do2021.lite0"))
    assert (here.record.system, list(here.record.parts)) == (name, ["film"])
    assert here.record.weights_sha256 == lender.record.parts["film"].sha256
    assert here.whole("film"), "the file is there, and the one that was trained"
    assert here.record.notes[1:] == lender.record.notes
    assert "not set anew" in here.record.notes[0]
    assert (here.writes, here.split()) == (False, lender.split()), "whom it was trained on is known"


def test_a_name_that_nothing_has_is_told_what_may_be_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"lite: is no folder of a run .* did you mean xray-knee-segunet-do2021\.lite0"
    ):
        run.open_run(Path("xray-knee-segunet-do2021.lite"))
    with pytest.raises(InputError, match=r"lite0: is the name of packaged weights, and this command writes"):
        run.open_run(Path("xray-triage-he2020.lite0"))
    with pytest.raises(InputError, match="holds no run"):
        run.open_run(tmp_path)
