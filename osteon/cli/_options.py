"""What several commands ask for, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _packaged(run: Path) -> Path:
    from osteon import weights

    return weights.named(run)


AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.")]
Overwrite = Annotated[bool, typer.Option(help="Replace what lies in the output folder.")]
CohortDir = Annotated[Path, typer.Argument(help="Folder with cohort.csv, or a public set as it is downloaded.")]
RunDir = Annotated[Path, typer.Argument(help="Folder of a training run.")]
Trained = Annotated[
    Path, typer.Argument(help="Folder of a training run, or the name of packaged weights.", callback=_packaged)
]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, or auto.")]
Threads = Annotated[
    int | None, typer.Option(help="CPU threads of a training, fewer on a machine that is shared; none: all cores.")
]
Allow = Annotated[list[str] | None, typer.Option(help="Override one audit finding by name; the report says so.")]
SystemName = Annotated[str, typer.Argument(help="Name of a system or variant, or a Python file of your own.")]
OwnSystem = Annotated[
    str | None, typer.Option("--system", help="The Python file of your own that the run was trained with.")
]


def system_of(name: str) -> Any:
    """Return the `System` called `name`, or that of the Python file `name`."""
    from osteon import systems

    return systems.load_file(Path(name)) if name.endswith(".py") else systems.get(name)


def own_system(name: str | None) -> Any:
    """Return the `System` of the user's own file, None where none was named."""
    return system_of(name) if name else None
