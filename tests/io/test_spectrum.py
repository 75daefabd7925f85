from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import spectrum

SHIFT = np.linspace(400.5, 1800.25, 30)


@pytest.fixture
def counts(rng):
    return rng.normal(1000, 100, (3, 30)).round(3)


def check(path, counts, shift=SHIFT):
    found = spectrum.read(path)
    assert len(found) == len(counts)
    for one, expected in zip(found, counts, strict=True):
        assert np.allclose(one.shift_per_cm, shift)
        assert np.allclose(one.counts, expected)
        assert one.sources[0].path == path


def lines(rows, delimiter=",", comma=False):
    text = "\n".join(delimiter.join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row) for row in rows)
    return text.replace(".", ",") if comma else text


def test_columns_with_and_without_header(tmp_path, counts):
    rows = [[float(x), *map(float, y)] for x, y in zip(SHIFT, counts.T, strict=True)]
    for name, text in {
        "a.csv": lines([["Raman shift (1/cm)", "a", "b", "c"], *rows]),
        "b.csv": lines(rows),
        "c.csv": "\ufeff" + lines([["shift", "a", "b", "c"], *rows], ";", comma=True),
        "d.tsv": lines(rows, "\t"),
        "e.csv": "# made by a spectrometer\n" + lines(rows, " "),
        "f.csv": lines(rows[::-1]),
        "g.csv": lines([[*row, ""] for row in rows]),
        "h.tsv": lines(rows, "\t", comma=True),
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        check(tmp_path / name, counts)


def test_rows_with_words_before_them(tmp_path, counts):
    rows = [["p1", "COV+", *map(float, y)] for y in counts]
    (tmp_path / "a.csv").write_text(lines([["patient", "group", *map(float, SHIFT)], *rows]))
    check(tmp_path / "a.csv", counts)
    (tmp_path / "b.csv").write_text(lines([list(map(float, SHIFT)), *[list(map(float, y)) for y in counts]]))
    check(tmp_path / "b.csv", counts)


def test_npz_with_one_axis_and_with_one_each(tmp_path, counts):
    np.savez(tmp_path / "a.npz", raman_shift_per_cm=SHIFT, counts=counts)
    check(tmp_path / "a.npz", counts)
    np.savez(tmp_path / "b.npz", raman_shift_per_cm=np.tile(SHIFT, (3, 1)), counts=counts)
    check(tmp_path / "b.npz", counts)


def test_real_saliva(data_dir):
    found = spectrum.read(data_dir / "raman_saliva" / "spectra.npz")
    assert len(found) == 2501
    assert (np.diff(found[7].shift_per_cm) > 0).all()


def test_jcamp(tmp_path, counts):
    body = "\n".join(f"{x:.3f}, {y:.3f}" for x, y in zip(SHIFT, counts[0], strict=True))
    head = "##TITLE=bone\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS={}\n##YUNITS=ARBITRARY UNITS\n"
    head += f"##XFACTOR=1\n##YFACTOR=1\n##NPOINTS=30\n##FIRSTX={SHIFT[0]}\n##LASTX={SHIFT[-1]}\n##XYPOINTS=(XY..XY)\n"
    (tmp_path / "a.jdx").write_text(head.format("1/CM") + body + "\n##END=\n")
    found = spectrum.read(tmp_path / "a.jdx")
    assert np.allclose(found[0].shift_per_cm, SHIFT, atol=1e-3)
    assert np.allclose(found[0].counts, counts[0])
    (tmp_path / "b.jdx").write_text(head.format("NANOMETERS") + body + "\n##END=\n")
    with pytest.raises(InputError, match="NANOMETERS"):
        spectrum.read(tmp_path / "b.jdx")
    infrared = head.format("1/CM").replace("RAMAN", "INFRARED")
    (tmp_path / "b.jdx").write_text(infrared + body + "\n##END=\n")
    with pytest.raises(InputError, match="is an infrared spectrum, not a Raman one"):
        spectrum.read(tmp_path / "b.jdx")
    (tmp_path / "c.jdx").write_text("##TITLE=nothing\n##END=\n")
    with pytest.raises(InputError, match="without a spectrum"):
        spectrum.read(tmp_path / "c.jdx")


def spc_bytes(shift, counts, kind):
    """Return an SPC file whose axis is of `kind`: 13 is Raman shift, 3 nanometres."""
    spc_io = pytest.importorskip("spc_io")
    made = spc_io.SPC(xarray=shift)
    for one in counts:
        made.add_subfile(yarray=one)
    data = bytearray(made.to_spc_raw().to_bytes())
    data[28] = kind  # the library does not write the kind of axis it was given
    return bytes(data)


def test_spc(tmp_path, counts):
    (tmp_path / "a.spc").write_bytes(spc_bytes(SHIFT, counts, 13))
    check(tmp_path / "a.spc", counts)
    (tmp_path / "b.spc").write_bytes(spc_bytes(SHIFT, counts, 3))
    with pytest.raises(InputError, match="XNMETR"):
        spectrum.read(tmp_path / "b.spc")
    (tmp_path / "c.spc").write_bytes((tmp_path / "a.spc").read_bytes()[:513])
    with pytest.raises(InputError, match="damaged"):
        spectrum.read(tmp_path / "c.spc")


def test_what_is_no_raman_spectrum(tmp_path):
    column = [float(v) for v in range(20)]
    cases = {
        "nm": (lines([["wavelength (nm)", "a"], *[[v + 500, 1.0] for v in column]]), "Raman shift"),
        "twice": (lines([[min(v, 18.0), 1.0] for v in column]), "no column or row"),
        "short": (lines([[1.0, 2.0], [2.0, 3.0]]), "no column or row"),
        "gap": (lines([[v, "" if v == 3 else 1.0] for v in column]), "NaN or gaps"),
        "words": ("a,b\nc,d\n", "no column or row"),
        "range": (lines([[v * 1e5, 1.0] for v in column]), "no Raman shift"),
        "ragged": (lines([[1.0, 2.0], [2.0, 3.0, 4.0], *[[v, 1.0] for v in column]]), "lengths"),
        "comments": ("# nothing\n", "comments"),
        "empty": ("", "empty"),
    }
    for name, (text, word) in cases.items():
        (tmp_path / f"{name}.csv").write_text(text)
        with pytest.raises(InputError, match=word):
            spectrum.read(tmp_path / f"{name}.csv")


def test_npz_that_is_none(tmp_path):
    np.savez(tmp_path / "a.npz", image=np.zeros(3))
    np.savez(tmp_path / "b.npz", counts=np.array([{}], dtype=object), x=np.zeros(3))
    np.savez(tmp_path / "c.npz", counts=np.zeros((2, 9)), x=np.zeros(8))
    for name, word in {"a": "holds image", "b": "damaged", "c": "shape"}.items():
        with pytest.raises(InputError, match=word):
            spectrum.read(tmp_path / f"{name}.npz")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_end_in_spectra_or_in_our_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(data)
    with suppress(InputError):
        spectrum.read(path)
