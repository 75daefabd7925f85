"""`osteon mesh`: surfaces of a mask for planning."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson
from osteon.cli._printing import print_json, print_table


@app.command()
def mesh(
    mask: Annotated[Path, typer.Argument(help="A label map: NIfTI, NRRD, DICOM SEG.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the surfaces.")],
    margin_mm: Annotated[
        list[float] | None, typer.Option("--margin-mm", help="Distance outside the mask; more than once for several.")
    ] = None,
    label: Annotated[list[int] | None, typer.Option(help="Value in the mask; none: each.")] = None,
    formats: Annotated[str, typer.Option(help="Of stl, obj, ply; with commas.")] = "stl,obj",
    as_json: AsJson = False,
) -> None:
    """Write the surface of each structure of a mask, and one at a margin, in the patient's millimetres (LPS)."""
    from osteon.errors import InputError
    from osteon.io import files
    from osteon.report import planning
    from osteon.types import Image

    image = files.open_image(mask)
    if not isinstance(image, Image):
        why = "is no label map; name a mask."
        raise InputError(why, file=mask.name)
    margins = (0.0, *(m for m in margin_mm or () if m != 0))
    forms = tuple(word.strip().lower() for word in formats.split(",") if word.strip())
    done = planning.write(image, out, margins_mm=margins, labels=tuple(label or ()), formats=forms)
    if as_json:
        return print_json([asdict(one) for one in done])
    rows = [{**asdict(one), "volume_ml": f"{one.volume_ml:.1f}", "area_mm2": f"{one.area_mm2:.0f}"} for one in done]
    print_table(("label", "margin_mm", "volume_ml", "area_mm2", "files"), rows)
    return None
