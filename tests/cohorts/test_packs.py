import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon import cohorts
from osteon.cohorts.packs import smallest
from osteon.errors import CohortError, InputError, RequestError
from osteon.io import simulated
from osteon.types import Cohort, Evidence, Expression, Grid, Image, Record, Slide, Spectrum, Study, Truth


def same(one: Study, other: Study) -> None:
    """Check that all that a system may see of two studies is the same."""
    assert (one.name, one.patient, one.site, one.split, one.exam) == (
        other.name,
        other.patient,
        other.site,
        other.split,
        other.exam,
    )
    assert set(one.data) == set(other.data)
    for name, datum in one.data.items():
        mine = other.data[name]
        assert type(mine) is type(datum)
        if isinstance(datum, Image):
            assert (datum.grid, datum.modality, datum.unit) == (mine.grid, mine.modality, mine.unit)
            assert mine.read().dtype == np.float32
            assert np.array_equal(datum.read(), mine.read())
        elif isinstance(datum, Spectrum):
            assert np.array_equal(datum.counts, mine.counts)
            assert np.array_equal(datum.shift_per_cm, mine.shift_per_cm)
        elif isinstance(datum, Record):
            assert datum == mine
    for field in ("labels", "values", "outcomes", "lesions"):
        assert getattr(one.truth, field) == getattr(other.truth, field)
    assert set(one.truth.masks) == set(other.truth.masks)
    for name, mask in one.truth.masks.items():
        assert mask.grid == other.truth.masks[name].grid
        assert np.array_equal(mask.read(), other.truth.masks[name].read())


def unpacked(cohort: Cohort, out) -> Cohort:
    found = cohorts.load(cohorts.pack(cohort, out))
    assert (found.name, found.evidence, found.licence, found.citation) == (
        cohort.name,
        cohort.evidence,
        cohort.licence,
        cohort.citation,
    )
    assert (found.notes, found.fingerprint) == (cohort.notes, cohort.fingerprint)
    assert len(found.studies) == len(cohort.studies)
    for one, other in zip(cohort.studies, found.studies, strict=True):
        same(one, other)
    return found


@pytest.fixture
def whole(films):
    """Return a cohort with masks, lesions, clinical values and outcomes."""
    mask = np.zeros((40, 32))
    mask[3:9, 3:9] = 255
    films.picture("m.png", mask)
    lines = (films.root / "cohort.csv").read_text().splitlines()
    (films.root / "cohort.csv").write_text(
        "\n".join([lines[0] + ",mask,exam", lines[1] + ",m.png,pre", *(x + ",," for x in lines[2:])])
    )
    films.table(
        "lesions.csv",
        [{"path": "films/0.png", "label": "cyst", "mask_value": 1, "row0": 3, "column0": 3, "row1": 9, "column1": 9}],
    )
    films.table(
        "patients.csv",
        [
            {"patient": f"id-{n:03d}", "age_years": n or "", "sex": "f", "death_days": 5 * n, "death_event": n % 2}
            for n in range(12)
        ],
    )
    return cohorts.load(films.root)


def test_a_pack_is_the_same_cohort(whole, tmp_path):
    found = unpacked(whole, tmp_path / "pack")
    assert cohorts.split(found, seed=1) == cohorts.split(whole, seed=1)
    table = (tmp_path / "pack" / "studies.csv").read_text().splitlines()
    assert table[0] == "file,study,patient,site,split,exam,inputs,label"
    assert len(table) == 13


@pytest.mark.parametrize(("made", "noted"), [(True, ()), (False, (0,)), (False, ())])
def test_the_table_of_a_pack_says_what_is_simulated(whole, tmp_path, made, noted):
    studies = list(whole.studies)
    for at in noted:
        data = {name: replace(datum, notes=(simulated.NOTE,)) for name, datum in studies[at].data.items()}
        studies[at] = replace(studies[at], data=data)
    evidence = Evidence.SIMULATED if made else Evidence.REAL
    cohorts.pack(replace(whole, studies=tuple(studies), evidence=evidence), tmp_path / "pack")
    with (tmp_path / "pack" / "studies.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    said = [row.get("simulated") for row in rows]
    if made:
        assert said == ["by osteon"] * 12
    else:
        assert said == (["by osteon", *[""] * 11] if noted else [None] * 12)


def test_a_pack_holds_no_raw_id_and_no_path(whole, tmp_path):
    out = cohorts.pack(whole, tmp_path / "pack")
    text = "".join(p.read_text() for p in out.iterdir() if p.is_file()) + " ".join(p.name for p in out.rglob("*"))
    assert "id-0" not in text
    assert str(tmp_path) not in text
    assert "films/" not in text


def test_numpy_and_json_alone_read_it(whole, tmp_path):
    out = cohorts.pack(whole, tmp_path / "pack")
    code = (
        "import json, sys, numpy as np, pathlib\n"
        "root = pathlib.Path(sys.argv[1]); head = json.loads((root / 'pack.json').read_text())\n"
        "first = head['studies'][0]; arrays = np.load(root / 'studies' / first['file'], allow_pickle=False)\n"
        "print(arrays['data:radiograph'].shape, arrays['mask:radiograph'].sum(), first['truth']['labels'])\n"
    )
    said = subprocess.run([sys.executable, "-c", code, str(out)], capture_output=True, text=True)
    assert said.stdout == "(40, 32) 36 {'label': 'benign'}\n", said.stderr


def test_a_machine_without_readers_opens_it(whole, tmp_path):
    out = cohorts.pack(whole, tmp_path / "pack")
    readers = ("pydicom", "SimpleITK", "nibabel", "PIL", "pandas", "tifffile", "highdicom", "sklearn", "scipy")
    code = (
        "import sys\n"
        f"for name in {readers}:\n"
        "    sys.modules[name] = None\n"
        "from osteon import cohorts\n"
        "found = cohorts.load(sys.argv[1])\n"
        "print(len(found.studies), found.studies[0].data['radiograph'].read().shape, len(cohorts.split(found).test))\n"
    )
    said = subprocess.run([sys.executable, "-c", code, str(out)], capture_output=True, text=True)
    assert said.stdout == "12 (40, 32) 1\n", said.stderr


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=5))
def test_the_smallest_type_holds_it_exactly(values):
    array = np.array(values)
    assert np.array_equal(smallest(array), array)
    single = array.astype(np.float32)
    assert np.array_equal(smallest(single).astype(np.float32), single)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf, -0.5, 1e20])
def test_what_is_not_whole_stays(value):
    array = np.array([1.0, value], dtype=np.float32)
    assert smallest(array) is array


def test_genes_are_packed_and_slides_are_not(tmp_path):
    genes = Study(name="a", patient="a", data={"rna": Expression(genes=("TP53", "RB1"), values=np.array([1.5, 2.0]))})
    found = cohorts.load(cohorts.pack(Cohort(name="c", studies=(genes,)), tmp_path / "pack"))
    assert found.studies[0].data["rna"].genes == ("TP53", "RB1")
    assert found.studies[0].data["rna"].values.tolist() == [1.5, 2.0]
    slide = Slide(path=tmp_path, levels=((1, 1),), um_per_pixel=None, read_region=lambda *_: None)
    with pytest.raises(RequestError, match="slides are not packed"):
        cohorts.pack(Cohort(name="c", studies=(Study(name="a", patient="a", data={"slide": slide}),)), tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_bad_image_is_left_out_and_noted(whole, films, tmp_path):
    (films.root / "films" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    found = cohorts.load(cohorts.pack(whole, tmp_path / "pack"))
    assert len(found.refused) == 1
    assert found.refused[0].file == "cohort.csv row 2 (films/0.png)"
    assert set(found.studies[0].data) == {"clinical"}


def test_a_taken_folder_is_left_alone(whole, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="pack is a folder with files in it already"):
        cohorts.pack(whole, tmp_path / "pack")
    assert [p.name for p in (tmp_path / "pack").iterdir()] == ["mine.txt"]


def test_a_lost_or_broken_array_is_a_sentence(whole, tmp_path):
    out = cohorts.pack(whole, tmp_path / "pack")
    head = json.loads((out / "pack.json").read_text())
    films = [out / "studies" / s["file"] for s in head["studies"] if "radiograph" in s["data"]]
    broken = films[0].name
    films[0].write_bytes(b"PK\x03\x04broken")
    films[1].unlink()
    found = cohorts.load(out)
    assert len(found.refused) == 1
    refused = cohorts.audit(found).named("unreadable")[0].rows
    assert len(refused) == 2
    study = next(s for s in found.studies if s.origins.get("radiograph", "").startswith(f"studies/{broken}"))
    with pytest.raises(InputError, match="pack the cohort again"):
        study.data["radiograph"].read()


@pytest.mark.parametrize("said", ["", "{}", "[]", "nonsense", '{"format": "osteon-pack", "version": 9}'])
def test_a_damaged_head_is_a_sentence(tmp_path, said):
    (tmp_path / "pack.json").write_text(said)
    with pytest.raises(CohortError, match=r"pack\.json"):
        cohorts.load(tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "x.npz", 7])
def test_a_head_that_points_out_of_the_pack_is_refused(whole, tmp_path, name):
    out = cohorts.pack(whole, tmp_path / "pack")
    head = json.loads((out / "pack.json").read_text())
    head["studies"][0]["file"] = name
    (out / "pack.json").write_text(json.dumps(head))
    with pytest.raises(CohortError, match=r"pack\.json"):
        cohorts.load(out)


def test_real_volumes_and_spectra(data_dir, tmp_path):
    volumes = cohorts.load(data_dir / "sts")
    unpacked(volumes.only({"STS_001", "STS_030"}), tmp_path / "sts")
    spectra = cohorts.load(data_dir / "raman_saliva")
    unpacked(spectra.only({s.name for s in spectra.studies[:20]}), tmp_path / "raman")


def test_what_cannot_be_read_is_left_out_and_named_and_if_nothing_can_nothing_is_written(tmp_path):
    def broken():
        raise InputError("is cut short.", file="film.png")

    image = Image(grid=Grid(shape=(4, 4)), modality="OT", load=lambda: np.ones((4, 4), np.float32))
    cut = replace(image, load=broken)
    studies = [
        Study(name=f"s{i}", patient=f"p{i}", data={"radiograph": datum}, origins={"radiograph": f"row {i}"})
        for i, datum in enumerate([image, cut, image])
    ]
    cohort = Cohort(name="made", studies=tuple(studies))
    found = cohorts.load(cohorts.pack(cohort, tmp_path / "some"))
    assert [s.name for s in found.studies] == ["s0", "s2"]
    assert [(r.file, r.why) for r in found.refused] == [("row 1", "is cut short.")]
    with pytest.raises(InputError, match=r"None of the 1 studies can be read.* The first: row 1: is cut short"):
        cohorts.pack(replace(cohort, studies=(studies[1],)), tmp_path / "none")
    with pytest.raises(InputError, match="None of the 0 studies can be read, so there is nothing to pack"):
        cohorts.pack(replace(cohort, studies=()), tmp_path / "none")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["some"]


def test_an_unreadable_mask_costs_the_mask_and_not_the_study(tmp_path):
    def broken():
        raise InputError("is no label map.")

    image = Image(grid=Grid(shape=(4, 4)), modality="OT", load=lambda: np.ones((4, 4), np.float32))
    truth = Truth(labels={"label": "benign"}, masks={"radiograph": replace(image, unit="label", load=broken)})
    study = Study(name="s", patient="p", data={"radiograph": image}, truth=truth)
    found = cohorts.load(cohorts.pack(Cohort(name="made", studies=(study,)), tmp_path / "pack"))
    assert found.studies[0].truth.masks == {}
    assert found.studies[0].truth.labels == {"label": "benign"}
    assert found.refused[0].file == "mask of s"


def test_two_packs_of_one_cohort_are_the_same_bytes(tmp_path):
    image = Image(grid=Grid(shape=(4, 4)), modality="OT", load=lambda: np.arange(16, dtype=np.float32).reshape(4, 4))
    studies = tuple(Study(name=f"s{i}", patient="p", data={"radiograph": image}) for i in range(3))
    cohort = Cohort(name="made", studies=studies, fingerprint="f")
    one, two = (cohorts.pack(cohort, tmp_path / name) for name in ("one", "two"))
    assert (one / "pack.json").read_bytes() == (two / "pack.json").read_bytes()
    assert (one / "studies.csv").read_bytes() == (two / "studies.csv").read_bytes()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "ü" * 400, "con", "\x00"], ids=range(5))
def test_a_studys_name_is_never_a_files(tmp_path, name):
    image = Image(grid=Grid(shape=(4, 4)), modality="OT", load=lambda: np.ones((4, 4), np.float32))
    study = Study(name=name, patient="p", data={"radiograph": image})
    found = cohorts.load(cohorts.pack(Cohort(name="made", studies=(study,)), tmp_path / "pack"))
    assert found.studies[0].name == name
    (path,) = (tmp_path / "pack" / "studies").iterdir()
    assert len(path.name) == 20
    assert found.studies[0].data["radiograph"].read().sum() == 16
