"""What a careless or a hostile user hands in: each ends in one sentence, or is refused while the rest is read."""

import json
import os
import unicodedata
import zipfile

import numpy as np
import pytest

from osteon import cohorts
from osteon.cli import main
from osteon.errors import CohortError, InputError, RequestError

NAME = "Zebrowski-99177"
LEAKS = ("zebrowski", "99177")
COMPOSED = "Jürgen Müller"
APART = unicodedata.normalize("NFD", COMPOSED)


def check(capsys, folder, *options):
    """Return the exit code of `osteon cohort check` and all that it prints."""
    with pytest.raises(SystemExit) as ended:
        main(["cohort", "check", str(folder.root), *options])
    said = capsys.readouterr()
    return ended.value.code, said.out + said.err


def write(folder, text, name="cohort.csv"):
    (folder.root / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def two(folder):
    folder.noise("a.png", 1)
    folder.noise("b.png", 2)
    return folder


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "lacks the column patient"),
        ("patient,path\n", "no rows"),
        (b"patient,path\nM\xfcller,a.png\n", "not UTF-8"),
        ("patient,path\nP1,a.png\n".encode("utf-16"), "not UTF-8"),
        ('patient,path\nP1,"a.png\nP2,b.png\n', "unexpected end of data"),
        ("patient,path\nP1,a.png\nP2,./a.png\n", "row 3: The file of this row is also that of row 2"),
        ("patient,path\nP1,a.png\np1,b.png\n", "row 3: The patient of this row is that of row 2 but for capitals"),
        ("patient,path,split\nP1,a.png,holdout\nP2,b.png,test\n", "row 2: The split column has a word that is no side"),
        ("patient,path,study,input,split\nP1,a.png,s,x,train\nP1,b.png,s,y,test\n", "row 3: .*differ in split"),
        ("patient,path\nP1,none.png\nP2,a\0.png\n", "None of the 2 rows"),
    ],
)
def test_a_table_that_cannot_be_meant_is_one_sentence_and_exit_3(two, capsys, table, said):
    write(two, table)
    code, text = check(capsys, two)
    assert code == 3
    assert text.startswith("osteon: cohort.csv")
    assert len(text.splitlines()) == 1
    with pytest.raises(CohortError, match=said):
        cohorts.load(two.root)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../a.png",
        "C:\\a.png",
        "\\\\server\\a.png",
        "a\0.png",
        "x" * 5000,
        "~/a.png",
        "none.png",
        "loop",
        "pipe",
    ],
)
def test_one_bad_path_is_refused_with_its_row_and_the_rest_is_read(two, capsys, path):
    (two.root / "loop").symlink_to("loop")
    os.mkfifo(two.root / "pipe")
    write(two, f"patient,path\nP1,a.png\nP2,{path}\n")
    cohort = cohorts.load(two.root)
    assert len(cohort.studies) == 1
    assert cohort.refused[0].file.startswith("cohort.csv row 3 (")
    assert len(cohort.refused[0].file) < 200
    code, text = check(capsys, two)
    assert code == 3
    assert "cohort.csv row 3" in " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize(("stored", "written"), [(COMPOSED, APART), (APART, COMPOSED), (COMPOSED, COMPOSED)])
def test_accents_are_found_however_the_file_system_codes_them(folder, stored, written):
    folder.noise(f"{stored} 1.png", 1)
    write(folder, f"patient,path\nP1,{written} 1.png\n")
    assert len(cohorts.load(folder.root).studies) == 1


def test_one_patient_coded_in_two_ways_is_one_patient(two):
    write(two, f"patient,path,split\n{COMPOSED},a.png,train\n{APART},b.png,test\n")
    cohort = cohorts.load(two.root)
    assert len({study.patient for study in cohort.studies}) == 1
    assert cohorts.audit(cohort).named("patient-on-both-sides")


def test_one_file_coded_in_two_ways_is_named_twice(folder):
    folder.noise(f"{COMPOSED}.png", 1)
    write(folder, f"patient,path\nP1,{COMPOSED}.png\nP2,{APART}.png\n")
    with pytest.raises(CohortError, match="also that of row 2"):
        cohorts.load(folder.root)


def test_a_link_names_the_same_file(two):
    (two.root / "c.png").symlink_to("a.png")
    write(two, "patient,path\nP1,a.png\nP2,c.png\n")
    with pytest.raises(CohortError, match="also that of row 2"):
        cohorts.load(two.root)


def test_a_hard_link_is_a_copy(two):
    os.link(two.root / "a.png", two.root / "c.png")
    write(two, "patient,path\nP1,a.png\nP2,c.png\n")
    assert cohorts.audit(cohorts.load(two.root)).named("duplicate")[0].refuses


@pytest.mark.parametrize(
    ("patients", "said"),
    [
        ("patient,split\nP1,train\n", "row 2: .*differ in split"),
        ("patient,age_years\nP1,3\nP1,4\n", "row 3: The patient of this row has row 2 already"),
        ("patient,death_event\nP1,1\n", "death_event without death_days"),
        (f"{NAME},12\n", "none of its 2 columns"),
    ],
)
def test_patients_csv_that_contradicts_is_a_sentence(two, patients, said):
    write(two, "patient,path,split\nP1,a.png,test\nP2,b.png,test\n")
    write(two, patients, name="patients.csv")
    with pytest.raises(CohortError, match=said) as caught:
        cohorts.load(two.root)
    assert NAME not in str(caught.value)


def test_a_patient_without_a_clinical_row_is_said(two):
    write(two, "patient,path\nP1,a.png\nP2,b.png\n")
    write(two, "patient,age_years\nP1,50\n", name="patients.csv")
    cohort = cohorts.load(two.root)
    without = cohorts.audit(cohort).named("no-clinical-row")[0]
    assert without.severity == "warn"
    assert without.rows == (cohort.studies[1].patient,)
    write(two, "patient,age_years\nP1,50\nP2,60\nP3,70\n", name="patients.csv")
    assert not cohorts.audit(cohorts.load(two.root)).named("no-clinical-row")


@pytest.mark.parametrize(
    ("box", "outside"),
    [("0,0,40,32", False), ("0,0,41,32", True), ("39,31,40,33", True), ("5,5,9999,9999", True)],
)
def test_a_box_beyond_its_image_is_refused(two, box, outside):
    write(two, "patient,path\nP1,a.png\n")
    write(two, f"path,row0,column0,row1,column1\na.png,{box}\n", name="lesions.csv")
    found = cohorts.audit(cohorts.load(two.root)).named("box-outside")
    assert [f.rows for f in found] == ([("lesion 1 of cohort.csv row 2 (a.png)",)] if outside else [])


def test_a_box_of_a_volume_on_a_film_is_refused(two):
    write(two, "patient,path\nP1,a.png\n")
    write(two, "path,slice0,row0,column0,slice1,row1,column1\na.png,0,0,0,1,2,3\n", name="lesions.csv")
    assert cohorts.audit(cohorts.load(two.root)).named("box-outside")[0].refuses


@pytest.mark.parametrize(
    "table",
    [
        f"patient,path\n{NAME},{NAME}/none.png\nB,b.png\n",
        f"patient,path\n{NAME},zebrowski-99177_1.dcm\nB,b.png\n",
        f"patient,path\n{NAME},b.png\nC,zebrowski_99177.png\n",
        f"patient,path\n{NAME},{NAME}/{NAME}.png\n{NAME},{NAME}/{NAME}.png\n",
        f"{NAME},{NAME}/{NAME}.png\nB,b.png\n",
        f"patient,path,{NAME},{NAME}\n{NAME},b.png,x,y\n",
        f"patient,path,split\n{NAME},{NAME}/{NAME}.png,train\n{NAME},b.png,test\n",
        f"patient,path,split\n{NAME},b.png,{NAME}\n",
        f"patient,path\n{NAME},b.png,{NAME},q\n",
        f"patient,path,study,input\n{NAME},b.png,{NAME},{NAME}\n{NAME},{NAME}/{NAME}.png,{NAME},{NAME}\n",
        f"patient,path,study,input,label\n{NAME},b.png,{NAME},x,1\n{NAME},{NAME}/{NAME}.png,{NAME},y,z\n",
        f"patient,path,mask\n{NAME},{NAME}/{NAME}.png,{NAME}/none.png#{NAME}\nB,b.png,empty.png\n",
        f"patient,path\n{NAME},{NAME}/{NAME}.png\nB,{NAME}/copy.png\n",
        f"patient,path\n{NAME},../{NAME}.png\nB,b.png\n",
    ],
)
def test_no_message_shows_a_patient(two, capsys, table):
    two.noise(f"{NAME}/{NAME}.png", 3)
    (two.root / NAME / "copy.png").write_bytes((two.root / NAME / f"{NAME}.png").read_bytes())
    two.picture("empty.png", np.zeros((40, 32)))
    (two.root / "zebrowski-99177_1.dcm").write_bytes(b"junk")
    write(two, table)
    for options in ((), ("--json",)):
        code, text = check(capsys, two, *options)
        assert code == 3
        assert not [word for word in LEAKS if word in text.lower()], text


def test_no_study_origin_note_or_pack_shows_a_patient(two, tmp_path):
    two.noise(f"{NAME}/{NAME}.png", 3)
    write(two, f"patient,path,study\n{NAME},{NAME}/{NAME}.png,{NAME}\nB,b.png,\nC,none {NAME}.png,\n")
    cohort = cohorts.load(two.root)
    out = cohorts.pack(cohort, tmp_path / "pack")
    kept = (out / "pack.json").read_text() + (out / "studies.csv").read_text() + repr([p.name for p in out.rglob("*")])
    shown = kept + repr([(s.name, s.patient, s.origins) for s in cohort.studies]) + repr(cohort.refused)
    assert not [word for word in LEAKS if word in shown.lower()]


def test_a_whole_cohort_in_json_is_json(two, capsys):
    write(two, "patient,path,label\nP1,a.png,x\nP2,none.png,y\n")
    with pytest.raises(SystemExit):
        main(["cohort", "check", str(two.root), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["refused"] is True
    assert {f["name"] for f in said["findings"]} >= {"unreadable"}
    assert "none.png" in said["findings"][0]["rows"][0]


def test_the_printed_table_names_the_rows_at_fault(two, capsys):
    write(two, "patient,path\nP1,a.png\nP2,none.png\n")
    code, text = check(capsys, two)
    assert code == 3
    assert "none.png" in text


def test_a_zip_slip_in_a_row_is_refused(two):
    with zipfile.ZipFile(two.root / "z.zip", "w") as packed:
        packed.writestr("../../evil.png", b"x")
    write(two, "patient,path\nP1,a.png\nP2,z.zip\n")
    assert "outside its folder" in cohorts.load(two.root).refused[0].why
    assert not (two.root.parent / "evil.png").exists()


@pytest.mark.parametrize("taken", ["file", "folder"])
def test_a_pack_is_written_whole_or_not_at_all(two, tmp_path, taken):
    write(two, "patient,path\nP1,a.png\n")
    out = tmp_path / "out"
    if taken == "file":
        out.write_text("mine")
    else:
        (out / "sub").mkdir(parents=True)
    with pytest.raises(RequestError, match="already"):
        cohorts.pack(cohorts.load(two.root), out)
    assert out.read_text() == "mine" if taken == "file" else [p.name for p in out.iterdir()] == ["sub"]
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".tmp-")]
    with pytest.raises(InputError, match="cannot be written"):
        cohorts.pack(cohorts.load(two.root), two.root / "a.png" / "out")


def test_thousands_of_rows_of_missing_files_end_in_seconds(two):
    """Linear in the rows: a quadratic pass over 3,000 would take a minute."""
    rows = "".join(f"id{n},none/{n}.png\n" for n in range(3_000))
    write(two, f"patient,path\nP1,a.png\n{rows}")
    assert len(cohorts.load(two.root).refused) == 3_000
