"""Write what is generated from the code: the README's table of systems, and the reference pages.

python tools/generate.py            writes
python tools/generate.py --check    exits 1 and names what is stale
"""

import json
import re
import sys
from pathlib import Path

import typer

from osteon import errors, systems
from osteon.cli import app

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- generated: {} -->"
AFTER_THE_TREE = """\
An output folder in use is a request that cannot be meant, exit 2, whatever the command; one that may not be written to
is bad input, exit 3; a full disk is resumable, exit 4.

With `--json` an error is one object on standard error: `error`, `exit_code`; a wrong option is one too. Without memory
enough the code is 3. A fault of osteon itself leaves with 1 and one sentence that names the place in the code, not the
data; with `OSTEON_TRACEBACK=1` in the environment it is shown whole (look through it before you send it on: it may hold
what is a patient's). What libraries warn of or log is not shown on the command line.
"""


def ours(name: str) -> str:
    """Return the first stored figure of a system or its variants, as shown in the README."""
    path = ROOT / "docs" / "results" / "headline.json"
    lines = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    return lines.get(name, "not yet measured")


def table_of_systems(link: str) -> str:
    """Return the table of systems as Markdown."""
    rows = ["| system | task | input | published | ours |", "|---|---|---|---|---|"]
    for name in systems.names():
        system = systems.get(name)
        claim = system.claims[0] if system.claims else None
        published = f"{claim.metric} {claim.value} ({claim.data})" if claim else "none"
        tasks = ", ".join(t.kind for t in system.tasks)
        inputs = ", ".join(i.name for i in system.inputs)
        rows.append(f"| [`{name}`]({link}#{name}) | {tasks} | {inputs} | {published} | {ours(name)} |")
    return "\n".join(rows)


def page_of_systems() -> str:
    """Return the reference page of systems."""
    parts = [
        "# Systems\n",
        "Generated from `osteon/systems/`. Published figures are claims on other data than ours. The truth of a "
        "classification is the cohort's label column of the task's name, else `label`; its words are the classes. "
        "[Evidence levels](../concepts/honest-scores.md).\n",
    ]
    for name in systems.names():
        system = systems.get(name)
        paper = system.paper
        parts.append(f"## {name}\n\n{system.summary}\n")
        parts.append(
            f"{paper.authors} ({paper.year}). {paper.title}. doi:{paper.doi}. Evidence level {paper.evidence}.\n"
        )
        tasks = [f"- `{t.name}` ({t.kind}, for each {t.unit}): {t.answers}" for t in system.tasks]
        parts.append(f"Inputs: {', '.join(f'`{i.name}`' for i in system.inputs)}. Tasks:\n\n" + "\n".join(tasks) + "\n")
        parts.append(f"Variants: {', '.join(f'`{name}.{t}`' for t in sorted(system.variants)) or 'none'}.\n")
        claims = [f"{c.metric} {c.value}: {c.data} ({c.source})" for c in system.claims]
        for title, lines in [("Published", claims), ("Errata", system.errata), ("Reconstructed", system.reconstructed)]:
            if lines:
                parts.append(f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines) + "\n")
    return "\n".join(parts)


def page_of_commands() -> str:
    """Return the reference page of commands, as `--help` prints them."""
    parts = ["# Commands\n", "Every command takes `--json`. Exit codes: see [errors](errors.md).\n"]
    root = typer.main.get_command(app)
    stack = [(["osteon"], root)]
    while stack:
        words, command = stack.pop(0)
        context = command.make_context(" ".join(words), [], resilient_parsing=True, max_content_width=100)
        children = getattr(command, "commands", {})
        stack += [([*words, name], children[name]) for name in (command.list_commands(context) if children else ())]
        if not children:
            parts.append(f"## {' '.join(words)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def page_of_errors() -> str:
    """Return the reference page of errors, drawn from the tree in the module's docstring."""
    tree = re.sub(r"(?m)^    ", "", (errors.__doc__ or "").split("\n\n")[1])
    return (
        "# Errors and exit codes\n\n`0` done, `2` bad request, `3` bad input, `4` stopped and resumable.\n\n"
        f"```text\n{tree}\n```\n\n{AFTER_THE_TREE}"
    )


def readme() -> str:
    """Return the README with its table made anew."""
    text = (ROOT / "README.md").read_text(encoding="utf8")
    begin, end = MARK.format("systems"), MARK.format("end")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{table_of_systems('docs/reference/systems.md')}\n{end}{rest.split(end)[1]}"


def main() -> int:
    """Write or check; return the exit status."""
    pages = {
        ROOT / "README.md": readme(),
        ROOT / "docs/reference/systems.md": page_of_systems(),
        ROOT / "docs/reference/commands.md": page_of_commands(),
        ROOT / "docs/reference/errors.md": page_of_errors(),
    }
    stale = [p for p, text in pages.items() if not p.is_file() or p.read_text(encoding="utf8") != text]
    for path in stale:
        print(f"stale: {path.relative_to(ROOT)}")
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], encoding="utf8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
