"""Hold the package to the measures of its style guide; print each and fail on the first kind that is over.

`python tools/style_gate.py [package] [tests]`

Lengths are physical lines. Hard limits hold for each file and function, soft ones for the 95th percentile. The systems,
whose claims and notes are prose, go by lines of code: blank lines, comments and docstrings do not count.
"""

import ast
import statistics
import sys
from pathlib import Path

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
FILE_LINES, FUNCTION_LINES = (300, 500), (40, 60)
SYSTEM_LINES = 120
# The house rule; this only goes up. Raise it whenever the measure allows.
TESTS_PER_LINE = 0.80


def percentile_95(values: list[int]) -> int:
    """Return the 95th percentile, 0 of nothing."""
    return sorted(values)[round(0.95 * (len(values) - 1))] if values else 0


def lines_of(path: Path) -> int:
    """Count the lines of a file."""
    return path.read_text(encoding="utf8").count("\n")


def code_lines_of(path: Path) -> int:
    """Count the lines of code of a file, as cloc does: no blank line, no comment, no docstring."""
    text = path.read_text(encoding="utf8")
    words = {line for node in ast.walk(ast.parse(text)) for line in docstring_lines(node)}
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") and at not in words for at, line in lines)


def docstring_lines(node: ast.AST) -> range:
    """Return the lines of `node` where it is a bare string: a docstring, or the words under an assignment."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


def judge_systems(folder: Path) -> list[str]:
    """Print the median of the public system files and return what is wrong with it."""
    sizes = [code_lines_of(path) for path in folder.glob("[!_]*.py")]
    if not sizes:
        return []
    median = statistics.median(sizes)
    print(f"lines of code of a system: median {median:g} (at most {SYSTEM_LINES}), longest {max(sizes)}")
    if median <= SYSTEM_LINES:
        return []
    return [f"the median system has {median:g} lines of code; at most {SYSTEM_LINES} are allowed: share what repeats"]


def functions_of(path: Path) -> list[tuple[int, str]]:
    """Return (lines, place) of each function in a file."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    found = [n for n in ast.walk(tree) if isinstance(n, FUNCTION)]
    return [(n.end_lineno - n.lineno + 1, f"{path}:{n.lineno} {n.name}") for n in found]


def judge(name: str, sizes: list[tuple[int, str]], limits: tuple[int, int]) -> list[str]:
    """Print one measure and return what is wrong with it."""
    soft, hard = limits
    p95 = percentile_95([n for n, _ in sizes])
    print(f"{name}: 95th percentile {p95} (at most {soft}), longest {max(sizes)[0]} (at most {hard})")
    wrong = [f"{place} has {n} lines; at most {hard} are allowed" for n, place in sizes if n > hard]
    return wrong + ([f"{name}: the 95th percentile is {p95}; at most {soft} is allowed"] if p95 > soft else [])


def main() -> int:
    """Measure, print, and return the exit status."""
    package = Path(sys.argv[1] if len(sys.argv) > 1 else "osteon")
    tests = Path(sys.argv[2] if len(sys.argv) > 2 else "tests")
    paths = sorted(package.rglob("*.py"))
    sizes = [(lines_of(p), str(p)) for p in paths]
    functions = [f for p in paths for f in functions_of(p)]
    wrong = judge("file lines", sizes, FILE_LINES) + judge("function lines", functions, FUNCTION_LINES)
    wrong += judge_systems(package / "systems")
    ratio = sum(lines_of(p) for p in tests.rglob("*.py")) / max(1, sum(n for n, _ in sizes))
    print(f"test lines per source line: {ratio:.2f} (at least {TESTS_PER_LINE})")
    if ratio < TESTS_PER_LINE:
        wrong.append(f"there are {ratio:.2f} test lines per source line; at least {TESTS_PER_LINE} are asked")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
