"""Feed damaged files to the DICOM and table readers; nothing may be raised but osteon's own errors.

    python benchmarks/fuzz_readers.py --cases 100000

Each case takes a small real or made file, damages it (bytes flipped, cut, doubled, lengths and texts replaced) and
reads it whole, pixels or rows included. Cases run in worker processes, so that a codec that crashes the process is seen
as well: the case is then named and counted as a failure.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from measure import table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "io"))

MAX_SEED_BYTES = 40_000
MAX_READ = 2**24
CHUNK = 2500
LIMIT_S = 60
"""A case that takes longer is stopped and counted as crashed (exit code -9)."""
WORDS = (
    b"",
    b"0",
    b"-1",
    b"1A",
    b"nan",
    b"inf",
    b"1e999",
    b"9" * 40,
    b"\\\\",
    b'"',
    b"\n",
    b"\0",
    b"\xff\xfe",
    b"=1+1",
)


def dicom_seeds():
    """Return small DICOM files, made and packaged, as bytes."""
    from dicom_maker import ct_slices, item, package_files, raw
    from pydicom.uid import JPEG2000Lossless, RLELossless

    rng = np.random.default_rng(0)
    volume = rng.integers(0, 4000, (1, 64, 64)).astype(np.int16)
    seeds = []
    for changes in ({}, {"modality": "CR"}, {"modality": "NM"}, {"modality": "PT", "Units": "GML"}, {"modality": "MR"}):
        made, _ = ct_slices(volume, **changes, DetectorInformationSequence=[item(StartAngle=180)])
        seeds.append(raw(made[0]))
    for syntax in (RLELossless, JPEG2000Lossless):
        made, _ = ct_slices(volume)
        made[0].compress(syntax)
        seeds.append(raw(made[0]))
    packaged = (path.read_bytes() for path in package_files() if path.stat().st_size <= MAX_SEED_BYTES)
    return seeds + [content for content in packaged if content]


def table_seeds(folder):
    """Return small tables as (suffix, bytes): CSV, XLSX, Parquet."""
    import pandas as pd

    table = pd.DataFrame({"patient": ["a", "b", "ü"], "age_years": [1.5, None, 70], "label": ["x", "y, z", '"']})
    table.to_csv(folder / "a.csv", index=False)
    table.to_excel(folder / "a.xlsx", index=False)
    table.to_parquet(folder / "a.parquet")
    table.to_csv(folder / "b.csv", index=False, sep=";", encoding="latin-1")
    return [(path.suffix, path.read_bytes()) for path in sorted(folder.iterdir())]


def damaged(content, rng):
    """Return `content` with one to four damages."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, max(len(data), 1)))
        # Headers are where the parsers are: half of the damage goes to the first kilobytes.
        at = at % 4096 if rng.random() < 0.5 else at
        match int(rng.integers(0, 7)):
            case 0:
                data[at : at + 1] = bytes([int(rng.integers(0, 256))])
            case 1:
                del data[at:]
            case 2:
                del data[at : at + int(rng.integers(1, 64))]
            case 3:
                data[at:at] = rng.bytes(int(rng.integers(1, 64)))
            case 4:
                data[at : at + 4] = [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"][int(rng.integers(0, 3))]
            case 5:
                data[at:at] = WORDS[int(rng.integers(0, len(WORDS)))]
            case _:
                other = int(rng.integers(0, max(len(data), 1)))
                data[at : at + 32] = data[other : other + 32]
    return bytes(data)


def read_dicom(path):
    """Read every image of a file, pixels included, and its contours."""
    from osteon.io import dicom, dicom_rt

    found = dicom.read_files([path], root=path.parent)
    for one in found.items:
        if np.prod(one.datum.grid.shape, dtype=float) <= MAX_READ:
            one.datum.read()
    if not found.items and dicom.modality(path) == "RTSTRUCT":
        dicom_rt.read(path)
    return len(found.items)


def read_table(path):
    """Read a table."""
    from osteon.io import table as tables

    return len(tables.read(path))


def one_case(job):
    """Run one case in `folder`; return (kind, outcome, trace)."""
    number, kind, suffix, content, folder = job
    from osteon.errors import OsteonError

    rng = np.random.default_rng([20220812, number])
    path = Path(folder) / f"{os.getpid()}{suffix}"
    path.write_bytes(damaged(content, rng))
    try:
        count = (read_dicom if kind == "dicom" else read_table)(path)
    except OsteonError:
        return kind, "refused", ""
    except Exception:
        return kind, "ESCAPED", f"case {number}\n{traceback.format_exc()}"
    return kind, "read" if count else "refused", ""


def jobs(cases, folder):
    """Yield (number, kind, suffix, content, folder): four DICOM cases to one table case."""
    dicoms = dicom_seeds()
    made = Path(folder) / "seeds"
    made.mkdir()
    tables = table_seeds(made)
    for number in range(cases):
        if number % 5 == 4:
            suffix, content = tables[number // 5 % len(tables)]
            yield number, "table", suffix, content, folder
        else:
            yield number, "dicom", ".dcm", dicoms[number % len(dicoms)], folder


def _child(chunk, pipe):
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)  # codecs write to stderr
    for job in chunk:
        pipe.send(job[0])
        pipe.send(one_case(job))
    pipe.close()


def run_chunk(chunk):
    """Run cases in a child; return outcomes, naming a case that killed it and going on after it."""
    outcomes = []
    while chunk:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=_child, args=(chunk, theirs))
        child.start()
        theirs.close()
        done, current = 0, None
        try:
            while True:
                current = ours.recv()
                if not ours.poll(LIMIT_S):
                    child.kill()
                outcomes.append(ours.recv())
                done, current = done + 1, None
        except EOFError:
            child.join()
        if current is None:
            break
        outcomes.append((chunk[done][1], "CRASHED", f"case {current}: exit code {child.exitcode}\n"))
        chunk = chunk[done + 1 :]
    return outcomes


def fuzz(cases, *, only=None):
    """Run the cases; return ({(kind, outcome): count}, traces of what escaped or crashed)."""
    counts, traces = Counter(), []
    started = time.perf_counter()
    memory = Path("/dev/shm")  # rewriting a file a hundred thousand times is slow on a disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        chunk = []
        for job in jobs(cases, folder):
            if only in (None, job[1]):
                chunk.append(job)
            if len(chunk) == CHUNK or (job[0] == cases - 1 and chunk):
                for kind, outcome, trace in run_chunk(chunk):
                    counts[kind, outcome] += 1
                    traces += [trace] if trace else []
                chunk = []
                seconds = time.perf_counter() - started
                print(f"{sum(counts.values()):7d} cases, {seconds:6.0f} s", dict(counts), file=sys.stderr, flush=True)
    return counts, traces


def report(counts, traces):
    """Return the outcome as Markdown."""
    rows = [[kind, outcome, number] for (kind, outcome), number in sorted(counts.items())]
    return (
        "## Damaged files\n\n"
        f"{sum(counts.values()):,} cases; {len(traces)} exceptions outside osteon's tree, or crashes of a codec.\n\n"
        + table(["reader", "outcome", "cases"], rows)
    )


def main():
    """Run a few thousand cases and return the outcome as Markdown."""
    return report(*fuzz(2000))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--only", choices=["dicom", "table"])
    asked = parser.parse_args()
    found, escaped = fuzz(asked.cases, only=asked.only)
    for trace in escaped[:20]:
        print(trace)
    print(report(found, escaped))
    sys.exit(1 if escaped else 0)
