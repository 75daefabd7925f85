"""A hostile user: odd tables, folders and words. One sentence, the right exit code, no name, nothing left behind."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from osteon import cli
from osteon.geometry import volume_grid
from osteon.io import nifti

NAME = "Mueller_Hans"
HEAD = "patient,path,label\n"


def film(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(np.random.default_rng(seed).integers(0, 255, (32, 24)).astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of odd cohorts, each in its own folder."""
    root = tmp_path_factory.mktemp("hostile")
    for number in range(12):
        film(root / "good" / f"f{number}.png", number)
    rows = [f"p{i},f{i}.png,{'benign' if i % 2 else 'malignant'}" for i in range(12)]
    tables = {
        "good": (HEAD + "\n".join(rows)).encode(), "head": HEAD.encode(), "other": b"a,b\n1,2\n",
        "binary": bytes(range(256)), "latin": f"{HEAD}Müller,f.png,böse\n".encode("latin-1"),
        "wide": f"{HEAD}{NAME},f.png,x\n".encode("utf-16"), "out": f"{HEAD}{NAME},../good/f0.png,x\n".encode(),
        "root": f"{HEAD}{NAME},/etc/passwd,x\n".encode(), "gone": f"{HEAD}{NAME},{NAME}.png,x\n".encode(),
        "folder": f"{HEAD}{NAME},sub,x\n".encode(), "nul": f"{HEAD}{NAME}\0,{NAME}\0.png,x\n".encode(),
        "long": f"{HEAD}{NAME},{'a' * 5000}.png,x\n".encode(), "cell": f"{HEAD}{NAME},f.png,{'x' * 200000}\n".encode(),
        "ragged": f"{HEAD}{NAME},f.png\n{NAME},f.png,a,b,c\n".encode(),
        "twice": f"{HEAD}{NAME},f.png,a\n{NAME},f.png,a\n".encode(),
        "capitals": f"{HEAD}{NAME},f.png,a\n{NAME.upper()},g.png,a\n".encode(),
        "torn": f"{HEAD}{NAME},{NAME}.png,x\n".encode(), "empty-file": f"{HEAD}{NAME},{NAME}.dcm,x\n".encode(),
    }  # fmt: skip
    for name, table in tables.items():
        (root / name).mkdir(exist_ok=True)
        (root / name / "cohort.csv").write_bytes(table)
    (root / "folder" / "sub").mkdir()
    film(root / "twice" / "f.png")
    film(root / "torn" / f"{NAME}.png")
    (root / "torn" / f"{NAME}.png").write_bytes((root / "torn" / f"{NAME}.png").read_bytes()[:300])
    (root / "empty-file" / f"{NAME}.dcm").touch()
    (root / "empty").mkdir()
    (root / "loop").mkdir()
    (root / "loop" / "self").symlink_to(root / "loop")
    (root / "pack").mkdir()
    head = {"format": "osteon-pack", "version": 1, "name": "x", "evidence": "real", "licence": None, "citation": None,
            "notes": [], "fingerprint": "f", "refused": [], "studies": []}  # fmt: skip
    (root / "pack" / "pack.json").write_text(json.dumps(head))
    (root / "file.txt").write_text("hello")
    return root


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(place)
    monkeypatch.setenv("OSTEON_KEY", str(place.parent / "key"))

    def run(*words: str) -> tuple[int, str]:
        before = {p: p.stat().st_mtime_ns for p in place.rglob("*") if not p.is_symlink() and p.is_file()}
        with pytest.raises(SystemExit) as stop:
            cli.main(words)
        told = capsys.readouterr()
        assert NAME.lower() not in (told.out + told.err).lower()
        assert str(place) not in told.out + told.err, "files are named from where the user is"
        if stop.value.code:
            after = {p: p.stat().st_mtime_ns for p in place.rglob("*") if not p.is_symlink() and p.is_file()}
            assert after == before, "a request that failed leaves nothing"
        return int(stop.value.code or 0), told.err

    return run


SAYS = {
    "head": "has a header and no rows", "other": "lacks the column patient", "binary": "is not UTF-8",
    "latin": "save it as CSV in UTF-8", "wide": "is not UTF-8", "out": "leads out of the cohort's folder",
    "root": "leads out of the cohort's folder", "gone": "There is no such file", "folder": "is an empty folder",
    "nul": "None of the 1 rows can be read", "long": "cannot be followed", "cell": "cannot be read",
    "ragged": "has 5 cells, the header 3", "twice": "name every file once", "capitals": "but for capitals",
    "empty-file": "is empty (0 bytes)", "empty": "holds no cohort.csv", "loop": "holds no cohort.csv",
    "pack": "no study that can be read", "nowhere": "not a folder", "file.txt": "not a folder",
}  # fmt: skip


@pytest.mark.parametrize("folder", SAYS)
@pytest.mark.parametrize("words", [("cohort", "check"), ("cohort", "pack")])
def test_an_odd_cohort_is_one_sentence_and_nothing_is_written(run, folder: str, words: tuple[str, ...]) -> None:
    code, said = run(*words, folder, *(["--out", "packed"] if "pack" in words else []))
    assert code == 3
    assert SAYS[folder] in said
    assert said.startswith("osteon: ")
    assert said.count("\n") == 1


def test_a_cohort_of_which_no_pixel_can_be_read_is_neither_trusted_nor_packed(run, place: Path) -> None:
    code, _ = run("cohort", "check", "torn")
    assert code == 3
    code, said = run("cohort", "pack", "torn", "--out", "packed")
    assert code == 3
    assert "None of the 1 studies can be read, so there is nothing to pack" in said
    assert not (place / "packed").exists()


def test_what_a_pack_left_out_is_said(run, place: Path, capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    for number in range(3):
        film(mixed / f"f{number}.png", number)
    (mixed / "f1.png").write_bytes((mixed / "f1.png").read_bytes()[:200])
    (mixed / "cohort.csv").write_text(HEAD + "".join(f"p{i},f{i}.png,a\n" for i in range(3)))
    with pytest.raises(SystemExit):
        cli.main(["cohort", "pack", str(mixed), "--out", str(tmp_path / "packed")])
    assert capsys.readouterr().out.strip().endswith("; what could not be read is left out (1), pack.json says which")


TRAIN = ("train", "xray-triage-he2020", "good", "--out", "run")
CROSS = ("cross-validate", "xray-triage-he2020", "good", "--out", "run")
CURVE = ("learning-curve", "xray-triage-he2020", "good", "--out", "run")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((*TRAIN, "--split", ""), 2, "is unknown"),
        ((*TRAIN, "--split", "70/20"), 2, "three whole per cent"),
        ((*TRAIN, "--split", "nan/1/1"), 2, "three whole per cent"),
        ((*TRAIN, "--split", "50/50/50"), 2, "add up to 100"),
        ((*TRAIN, "--split", "test-site:x"), 2, "No study is from site x"),
        ((*TRAIN, "--split", "column"), 3, "puts no study in train"),
        ((*TRAIN, "--set", "x"), 2, "is not understood"),
        ((*TRAIN, "--set", "fit.epochs=1.5"), 2, "it takes int"),
        ((*TRAIN, "--set", "fit.lr=nan"), 2, "it takes float"),
        ((*TRAIN, "--set", "fit.epochs=__import__('os').abort()"), 2, "it takes int"),
        ((*TRAIN, "--seed", "-1"), 2, "at least 0"),
        ((*TRAIN, "--precision", "8"), 2, "is unknown"),
        ((*TRAIN, "--allow", "everything"), 2, "no finding called everything"),
        ((*TRAIN, "--with", "nowhere"), 3, "not a folder"),
        ((*TRAIN, "--with", "good"), 3, "is not derived"),
        ((*TRAIN[:-1], "good"), 2, "holds other files"),
        ((*TRAIN[:-1], "file.txt"), 2, "file.txt is a file already"),
        ((*TRAIN[:-1], "file.txt/run"), 3, "cannot be written"),
        ((*CROSS, "--split", "70/20/10"), 2, "one fold"),
        ((*CROSS, "--split", "kfold:1"), 2, "from 2 to 12 folds"),
        ((*CROSS, "--split", "kfold:13"), 2, "from 2 to 12 folds"),
        ((*CROSS, "--split", "leave-one-site-out"), 2, "needs two sites"),
        ((*CURVE, "--shares", "nan"), 2, "must lie above 0"),
        ((*CURVE, "--shares", "0,50"), 2, "must lie above 0"),
        (("evaluate", "good", "good"), 3, "holds no run.json"),
        (("evaluate", "file.txt", "good"), 3, "holds no run.json"),
        (("compare", "good", "good"), 3, "judge the run first"),
        (("predict", "empty", "good", "--out", "p"), 3, "holds no run.json"),
        (("choose", "empty"), 2, "at least two runs"),
        (("choose", "good", "./good"), 2, "at least two runs"),
        (("choose", "empty", "good", "--limit-ms", "nan"), 2, "above 0"),
        (("explain", "empty", "good", "--out", "e", "--methods", ","), 2, "got none"),
        (("mesh", "good/f0.png", "--out", "m"), 3, "no label map of a volume"),
        (("mesh", "good/f0.png", "--out", "m", "--formats", "xyz"), 2, "formats of stl, obj, ply"),
        (("readers", "file.txt"), 3, "holds no column reader"),
        (("readers", "binary/cohort.csv"), 3, "UTF-8"),
        (("readers", "empty"), 3, "cannot be read"),
        (("agreement", "good"), 2, "two annotators"),
        (("augment", "drr", "good", "--out", "d"), 2, "has a CT in HU"),
        (("augment", "gan", "good", "--out", "g", "--class", "x"), 2, "name another class or split"),
        (("read", "nowhere", "--out", "r"), 3, "does not exist"),
        (("read", "file.txt", "--out", "r"), 3, "of no kind that osteon reads"),
        (("read", "loop", "--out", "r"), 3, "a link to a folder"),
        (("systems", "../../etc"), 2, "There is no system"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_or_read_is_one_sentence(run, words: tuple[str, ...], code: int, said: str) -> None:
    found, err = run(*words)
    assert found == code, err
    assert said in err
    assert err.startswith("osteon: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [TRAIN, CROSS, CURVE, ("cohort", "pack", "good", "--out", "o"), ("read", "good/f0.png", "--out", "o"),
     ("demo", "--out", "o"), ("mesh", "mask.nii.gz", "--out", "o"),
     ("simulate", "raman-serum", "--patients", "2", "--out", "o")],
    ids=lambda words: words[0],
)  # fmt: skip
@pytest.mark.parametrize("taken", ["good", "file.txt"])
def test_an_output_folder_in_use_is_a_bad_request_whatever_the_command(
    run, place: Path, words: tuple[str, ...], taken: str
) -> None:
    nifti.write(place / "mask.nii.gz", np.ones((9, 9, 9), np.uint8), volume_grid((9, 9, 9), np.eye(4)))
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    code, err = run(*words[:-1], taken)
    assert code == 2, err
    assert taken in err
    assert "choose an" in err
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()} == before
