"""Run the benchmarks, all or those named, print them, and keep their last results in `results.md`.

    scripts/bench                       all
    scripts/bench auc_bootstrap         one
    scripts/bench latency --threads=1   one, with an option of its own

A benchmark is a script here that prints Markdown; each runs in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent
RESULTS = HERE / "results.md"
HEAD = "# Results of the benchmarks\n\nWritten by `scripts/bench`; ratios mean more than seconds.\n"


def names() -> list[str]:
    """Return the names of the benchmarks."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "measure"))


def sections(text: str) -> dict[str, str]:
    """Return the sections of a results file by the name of their benchmark."""
    parts = text.split("\n<!-- ")[1:]
    return {part.partition(" -->")[0]: part.partition(" -->")[2].strip() for part in parts}


def write(kept: dict[str, str]) -> None:
    """Write the results file."""
    body = "".join(f"\n<!-- {name} -->\n\n{kept[name]}\n" for name in sorted(kept))
    RESULTS.write_text(HEAD + body, encoding="utf-8")


def main(wanted: list[str]) -> int:
    """Run the benchmarks of these names and return the exit code."""
    options = [word for word in wanted if word.startswith("--")]
    wanted = [word for word in wanted if word not in options]
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names())}.", file=sys.stderr)
        return 2
    for name in wanted or names():
        about = machine()
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py", *options], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            print(f"{name} failed; its last results are kept.", file=sys.stderr)
            return done.returncode
        text = done.stdout.strip()
        head = "" if text.startswith("## ") else f"## {name}\n\n"
        found = f"{head}{text}\n\nMeasured {about}."
        print(found, end="\n\n", flush=True)
        kept = sections(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        write(kept | {name: found})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
