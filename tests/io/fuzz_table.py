"""Throw damaged tables and spectra at their readers: python tests/io/fuzz_table.py 100000.

Prints how many cases were read and how many ended in osteon's own error; any other exception is
raised with the seed of its case. Not collected by pytest, which runs a short one of these.
"""

import gzip
import io
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.errors import InputError
from osteon.io import spectrum, table

TOKENS = [b",", b";", b"\t", b"\n", b"\r\n", b'"', b"'", b"=", b"-", b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"1e999"]
TOKENS += [b"nan", b"", b"0x1", b"\xfc", "ü".encode(), b"999999999999999999999", b"1,5", b"##END=", b"PK\x03\x04"]


def seeds():
    """Return one well-formed file of every kind, by ending."""
    frame = pd.DataFrame({"patient": ["007", "b"], "age_years": [1.5, 2.0], "note": ["=1+1", None]})
    shift = np.arange(400.0, 420.0)
    spectra = "shift,a,b\n" + "".join(f"{x},{x * 2},{x * 3}\n" for x in shift)
    body = "".join(f"{x}, {x * 2}\n" for x in shift)
    book, columns, arrays = io.BytesIO(), io.BytesIO(), io.BytesIO()
    frame.to_excel(book, index=False)
    frame.to_parquet(columns)
    np.savez(arrays, raman_shift_per_cm=shift, counts=np.ones((2, 20)))
    head = "##TITLE=a\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##NPOINTS=20\n##XYPOINTS=(XY..XY)\n"
    text = frame.to_csv(index=False).encode()
    return {
        ".csv": [text, text.replace(b",", b";").replace(b".", b","), text.decode().encode("utf-16"), spectra.encode()],
        ".tsv": [text.replace(b",", b"\t")],
        ".csv.gz": [gzip.compress(text)],
        ".xlsx": [book.getvalue()],
        ".parquet": [columns.getvalue()],
        ".npz": [arrays.getvalue()],
        ".jdx": [(head + body + "##END=\n").encode()],
    }


def damage(data, rng):
    """Return `data` with a few bytes changed, cut, doubled, or tokens put in."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(0, len(data) + 1))
        kind = rng.integers(0, 5)
        if kind == 0 and place < len(data):
            data[place] = int(rng.integers(0, 256))
        elif kind == 1:
            del data[place : place + int(rng.integers(1, 40))]
        elif kind == 2:
            data[place:place] = TOKENS[rng.integers(0, len(TOKENS))]
        elif kind == 3:
            data[place:place] = data[place : place + int(rng.integers(1, 40))]
        elif rng.random() < 0.2:
            del data[place:]
    return bytes(data)


def one(seed, files, folder):
    """Return how one case ended."""
    rng = np.random.default_rng(seed)
    cheap = rng.random() < 0.9
    ending = str(rng.choice([".csv", ".tsv", ".csv.gz", ".jdx"] if cheap else [".xlsx", ".parquet", ".npz"]))
    path = folder / f"case{ending}"
    path.write_bytes(damage(files[ending][rng.integers(0, len(files[ending]))], rng))
    ends = []
    for reader in (spectrum.read,) if ending in (".npz", ".jdx") else (table.read, spectrum.read):
        try:
            reader(path)
            ends.append("read")
        except InputError as error:
            if not str(error).startswith(path.name):
                raise
            ends.append("refused")
    return ends


def run(cases, first=0):
    """Return the ends of `cases` cases, counted."""
    files, ends = seeds(), Counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(first, first + cases):
            try:
                ends.update(one(seed, files, Path(folder)))
            except Exception as error:
                raise RuntimeError(f"case {seed}: {error!r}") from error
    return ends


if __name__ == "__main__":
    sys.stdout.write(f"{dict(run(int(sys.argv[1]), int((sys.argv[2:] or ['0'])[0])))}\n")
