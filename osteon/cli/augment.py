"""`osteon augment`: derived images to train on beside the taken ones."""

from __future__ import annotations

from typing import Annotated

import typer

from osteon.cli._app import app, group
from osteon.cli._options import AsJson, CohortDir, Out
from osteon.cli._printing import print_done

augment_app = group("Make derived images to train on: films projected from CTs.")
app.add_typer(augment_app, name="augment")


@augment_app.command("drr")
def augment_drr(
    cohort: CohortDir,
    *,
    out: Out,
    films: Annotated[int, typer.Option(help="Films of each CT.")] = 10,
    side_px: Annotated[int, typer.Option(help="Rows and columns of a film.")] = 512,
    seed: Annotated[int, typer.Option(help="Seed of views and noise.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Project films from the CTs of a cohort, the masks with them; each stays with its patient."""
    from osteon import cohorts
    from osteon.engine.drr import drr_cohort
    from osteon.engine.progress import bar
    from osteon.simulate.drr import Drr

    found = cohorts.load(cohort)
    with bar() as shown:
        shown.begin("projecting", len(found.studies))
        path = drr_cohort(found, out, count=films, seed=seed, drr=Drr(shape=(side_px, side_px)), report=shown.at)
    next_ = f"osteon train SYSTEM FILMS --with {path}"
    print_done({"cohort": str(path)}, f"Projected: {path}. Next: {next_}", as_json=as_json)
